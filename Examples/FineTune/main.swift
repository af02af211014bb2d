// Fine-tunes a network on a folder with one subfolder for each class, and measures its accuracy:
//
//     ExampleFineTune lite0.safetensors photos/ run/

import EfficientNet
import EfficientNetTraining
import Foundation

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else { fail("usage: ExampleFineTune weights photos/ run/") }
do {
  let (weights, photos) = (arguments[1], arguments[2])

  // A fifth of each class is held out for validation.
  let validation = 0.2
  let data = try DataSplit(path: photos, validation: validation, seed: 1)
  data.notes.forEach { print("note: \($0)") }

  // The pretrained network with a new classifier for these classes.
  var generator = SeededGenerator(seed: 1)
  let model = try Model(contentsOf: weights)
    .withNewHead(classes: data.training.classes, using: &generator)

  var recipe = Recipe.finetune
  recipe.epochs = 4
  let configuration = RunConfiguration(
    data: photos, validationShare: validation, dataFingerprint: data.fingerprint,
    model: model.description, weights: weights, seed: 1, recipe: recipe)

  // The run's folder gets checkpoints, a log and the weights of the best epoch.
  let run = try RunFolder(creating: arguments[3])
  let pool = ThreadPool()
  let trainer = try Trainer(configuration, model: model, data: data, folder: run, pool: pool)
  let result = try trainer.run(show: { progress in
    if progress.images == progress.imagesPerEpoch, !progress.isValidating {
      print("epoch \(progress.epoch): loss \(progress.loss), top-1 \(progress.top1)")
    }
  })
  print("best epoch: \(result.best?.epoch ?? 0), weights: \(run.best)")

  let best = try Model(contentsOf: run.best)
  let evaluation = try Evaluator(best, pool: pool).evaluate(data.validation).evaluation
  print("top-1 \(evaluation.top1) on \(data.validation.samples.count) photos held out")
} catch {
  fail("\(error)")
}
