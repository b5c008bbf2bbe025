CREATE FUNCTION html_style() RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT ':root{--ink:#1c2430;--soft:#66707f;--line:#dde2e8;--page:#fff;--box:#f6f8fa;--bad:#c0362c;--c0:#2f6fde;--c1:#e07b24;--c2:#2a9d6e;--c3:#b0479f;--c4:#8a6d3b;--c5:#c0362c}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9ef;--soft:#97a3b2;--line:#323b47;--page:#14181d;--box:#1c2229;--bad:#ff7d72;--c0:#78a8ff;--c1:#ffaa5e;--c2:#5fd3a2;--c3:#e08bd2;--c4:#cdb17a;--c5:#ff7d72}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:24px;color:var(--ink);background:var(--page);font:15px/1.45 system-ui,sans-serif}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px}h4{margin:8px 0 2px}p{margin:4px 0}small,.none,header p{color:var(--soft);font-weight:normal}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}.tiles div{background:var(--box);border:1px solid var(--line);border-radius:8px;padding:10px 16px;min-width:130px}
.tiles b{display:block;font-size:22px}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:16px}
figure{margin:0;padding:10px;border:1px solid var(--line);border-radius:8px;min-width:0}figcaption{font-weight:600}svg{display:block;width:100%}svg text{fill:var(--soft);font-size:11px}
.axis{stroke:var(--line);fill:none}polyline{fill:none;stroke:currentColor;stroke-width:2}circle{fill:currentColor}.bar{width:26%;min-width:120px}.bar svg{height:12px;background:var(--box)}.bar rect{fill:var(--c0)}.bad .bar rect{fill:var(--bad)}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.c5{color:var(--c5)}
.run th,.run td:nth-child(2){white-space:nowrap}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid var(--line);padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{color:var(--soft);font-weight:600}.n{text-align:right;white-space:nowrap}
details{border:1px solid var(--line);border-radius:8px;margin:6px 0;padding:6px 12px}summary{cursor:pointer;overflow-wrap:anywhere}summary span,summary i{color:var(--soft)}.failed,.bad td:nth-child(2){color:var(--bad)}
pre{background:var(--box);padding:8px;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;max-height:320px;overflow-y:auto;margin:4px 0}';
END;
COMMENT ON FUNCTION html_style() IS 'How report_html() looks, light or dark as the reader has it.';
