/// The style sheet of all reports.
///
/// Blue and vermilion are told apart by everybody. Source: Okabe & Ito 2008,
/// [Color universal design](https://jfly.uni-koeln.de/color/).
enum ReportStyle {
  /// Colours, of the day and of the night.
  private static let colors = """
    :root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f8;--ink:#1b1e23;--soft:#5a626d;--rule:#dfe3e7;\
    --blue:#0072b2;--orange:#d55e00;--green:#00805d;--pink:#a8457f;--gold:#8a6d00;--blue-rgb:0 114 178;--orange-rgb:213 94 0}
    @media (prefers-color-scheme:dark){:root{--ground:#14161a;--panel:#1d2025;--ink:#e5e8ec;--soft:#9ca5b0;\
    --rule:#32373f;--blue:#5cb8ef;--orange:#f5924a;--green:#43c39b;--pink:#e593c4;--gold:#e0c04a}}\n
    """

  /// What a chart needs, also in a file of its own.
  static let chart = HTML(
    markup: colors + """
      .chart{font:13px system-ui,sans-serif;font-variant-numeric:tabular-nums;fill:var(--soft)}
      .chart .ground{fill:var(--ground)}
      .chart .title{font-size:14px;font-weight:600;fill:var(--ink)}
      .chart line,.chart path{fill:none;stroke-linecap:round;stroke-linejoin:round}
      .chart .grid{stroke:var(--rule)}
      .chart .axis{stroke:var(--soft)}
      .chart .training{stroke:var(--blue);stroke-width:2}
      .chart .validation{stroke:var(--orange);stroke-width:2.6}
      .chart .other{stroke:var(--green);stroke-width:2}
      .chart .fourth{stroke:var(--pink);stroke-width:2}
      .chart .fifth{stroke:var(--gold);stroke-width:2}
      .chart .faint{stroke:var(--soft);stroke-width:1;opacity:.55}
      .chart circle{stroke:none!important}
      .chart circle.training{fill:var(--blue)}
      .chart circle.validation{fill:var(--orange)}
      .chart circle.other{fill:var(--green)}
      .chart circle.fourth{fill:var(--pink)}
      .chart circle.fifth{fill:var(--gold)}
      .chart circle.faint{fill:var(--soft)}
      .chart line.spread{stroke-width:1.5;opacity:.6}
      .chart line.mark{stroke:var(--ink);stroke-dasharray:4 4}
      .chart line.minor{stroke:var(--soft);stroke-dasharray:1 5}
      .chart text.mark{fill:var(--ink);font-weight:600;paint-order:stroke;stroke:var(--ground);stroke-width:4px}
      .chart text.minor{fill:var(--soft);font-weight:400}
      .chart .hit{fill:var(--blue);fill-opacity:.8}
      .chart .sure{fill:var(--orange);fill-opacity:.55}
      .chart .unsure{fill:var(--green);fill-opacity:.45}
      .chart .count{fill:var(--soft);fill-opacity:.5}
      .chart .light{fill-opacity:.4}
      .chart text.box{fill:var(--ink)}
      """)

  /// The rest of a page.
  static let page = HTML(
    markup: """
      *{box-sizing:border-box}
      body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
      main{max-width:1120px;margin:0 auto;padding:24px 16px 64px}
      h1{font-size:26px;line-height:1.25;margin:0;overflow-wrap:anywhere}
      h2{font-size:18px;margin:40px 0 4px;padding-top:16px;border-top:1px solid var(--rule)}
      p{margin:4px 0 12px;color:var(--soft);max-width:72ch;overflow-wrap:anywhere}
      .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:10px;margin:20px 0 0}
      .cards div{background:var(--panel);border-radius:8px;padding:10px 12px;min-width:0}
      .cards dt{font-size:13px;color:var(--soft)}
      .cards dd{margin:0;font-size:20px;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
      .cards .long{font-size:15px;line-height:30px}
      .cards .main{background:rgb(var(--blue-rgb)/.14)}
      .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:12px;margin-top:12px}
      .chart{display:block;width:100%;max-width:480px;height:auto}
      .scroll{overflow-x:auto;max-width:100%}
      table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px}
      th{font-weight:600;text-align:left;color:var(--soft)}
      th,td{padding:4px 12px 4px 0;vertical-align:baseline}
      td,tbody th{border-top:1px solid var(--rule)}
      tbody th{color:var(--ink);font-weight:400;overflow-wrap:anywhere;min-width:110px;max-width:360px}
      .names tbody th{white-space:nowrap}
      .words{min-width:24em}
      .number{text-align:right;white-space:nowrap}
      .bar{min-width:110px;background:linear-gradient(to right,rgb(var(--blue-rgb)/.28) calc(100%*var(--share)),transparent 0)}
      .map{border-spacing:2px;border-collapse:separate;font-size:12px}
      .map td{border:0;border-radius:3px;padding:0 3px;min-width:30px;height:30px;text-align:center;vertical-align:middle}
      .map th{min-width:0;border:0;padding:0 8px 0 0;white-space:nowrap;vertical-align:middle;font-weight:400;color:var(--ink)}
      .map tbody th{position:sticky;left:0;background:var(--ground);max-width:140px;overflow:hidden;text-overflow:ellipsis}
      .map thead th{padding:0 0 4px;vertical-align:bottom}
      .map thead span{display:block;writing-mode:vertical-rl;transform:rotate(180deg);max-height:116px;margin:0 auto;\
      overflow:hidden;text-overflow:ellipsis;line-height:1.2}
      .map .hit{background:rgb(var(--blue-rgb)/var(--share))}
      .map .miss{background:rgb(var(--orange-rgb)/var(--share))}
      .map .none{background:var(--panel)}
      .map .deep{color:#fff}
      .pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(128px,1fr));gap:14px;margin-top:12px}
      figure{margin:0;min-width:0;font-size:13px;line-height:1.35;overflow-wrap:anywhere}
      figure img,figure .empty{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--panel);\
      border-radius:6px;margin-bottom:5px}
      figure .empty{display:grid;place-items:center;color:var(--soft)}
      figure small{display:block;color:var(--soft);font-size:12px}
      .wrong{color:var(--orange);font-weight:600}
      .right{color:var(--blue);font-weight:600}
      pre{background:var(--panel);border-radius:8px;padding:10px 12px;margin:8px 0 16px;white-space:pre-wrap;\
      overflow-wrap:anywhere;font:13px/1.5 ui-monospace,monospace}
      .settings td{overflow-wrap:anywhere;min-width:140px}
      ul{padding-left:20px;font-size:14px;overflow-wrap:anywhere}
      @media (max-width:500px){
      .cards{grid-template-columns:repeat(auto-fill,minmax(130px,1fr))}
      table{font-size:13px}
      th,td{padding-right:7px}
      .bar{min-width:58px}
      .map{font-size:11px}
      .map td{min-width:24px;height:26px;padding:0 2px}
      .map tbody th{max-width:84px}
      .pictures{grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:10px}
      }
      """)
}
