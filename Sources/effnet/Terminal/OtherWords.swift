/// Words of other programs for the commands and options of `effnet`.
enum OtherWords {
  /// The commands that a word may mean, with their options.
  static func commands(for word: String) -> [String] {
    commands.first { $0.words.contains(word.lowercased()) }?.names ?? []
  }

  /// The options that a word may mean, among those of a command.
  static func options(for word: String, among names: [String]) -> [String] {
    let found = options.first { $0.words.contains(word.lowercased()) }?.names ?? []
    return found.filter(names.contains)
  }

  private static let commands: [(words: Set<String>, names: [String])] = [
    (["sort", "organize", "organise", "move"], ["classify --sort-into"]),
    (["predict", "infer", "inference", "recognize", "recognise", "detect"], ["classify"]),
    (["tag"], ["classify", "label"]),
    (["dupes", "dupe", "dedup", "dedupe", "copies"], ["duplicates"]),
    (["find", "lookup"], ["similar"]),
    (["heatmap", "heat-map", "gradcam", "grad-cam", "cam", "visualize", "visualise"], ["explain"]),
    (["test", "validate", "accuracy", "measure", "score", "val"], ["evaluate"]),
    (["fit", "finetune", "fine-tune", "learn", "retrain"], ["train"]),
    (["resume", "continue"], ["train --resume"]),
    (["download", "fetch", "get", "install"], ["pull"]),
    (["list", "ls"], ["runs", "models"]),
    (["history", "experiments", "status"], ["runs"]),
    (["info", "show", "describe"], ["inspect", "models"]),
    (["features", "extract", "embeddings"], ["embed"]),
    (["export", "onnx"], ["convert"]),
    (["speed", "profile"], ["benchmark"]),
    (["version"], ["--version"]),
  ]

  private static let options: [(words: Set<String>, names: [String])] = [
    (
      ["--out", "--outdir", "--out-dir", "--output", "--dest", "--destination", "--to", "--save"],
      ["--output", "--sort-into", "--report", "--predictions", "--csv", "--sheet"]
    ),
    (["--name", "--project"], ["--output"]),
    (["--folder", "--dir", "--directory", "--path", "--photos", "--images"], ["--among"]),
    (["--train", "--training", "--samples"], ["--examples"]),
    (["--image-size", "--img-size", "--imgsz", "--img", "--size"], ["--resolution"]),
    (["--network", "--net", "--arch", "--architecture", "--checkpoint"], ["--model"]),
    (["--val", "--validation", "--val-split", "--holdout"], ["--split"]),
    (["--workers", "--jobs", "--cpus", "--cores", "-j"], ["--threads"]),
    (["--confidence", "--conf", "--probability", "--cutoff", "--minimum"], ["--threshold"]),
  ]
}
