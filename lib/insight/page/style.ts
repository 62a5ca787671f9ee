import { Html } from './html.ts';

const LIGHT =
  '--text:#16191f;--faint:#545b64;--back:#fff;--card:#f5f6f7;--line:#d5dbdb;--link:#0b5cad;--good:#1d6b2c;--wait:#8a5300;--bad:#b3160f;--accent:#0b5cad;color-scheme:light';
const DARK =
  '--text:#eaeded;--faint:#aab7b8;--back:#0f1b2a;--card:#1a2735;--line:#3b4a5a;--link:#8ec6ff;--good:#7bd88f;--wait:#f5c26b;--bad:#ff9b93;--accent:#8ec6ff;color-scheme:dark';

/** The page's look, light and dark. Everything is below `.graphdrop`: in a dashboard other widgets are around it. */
export const STYLE = new Html(`<style>
.graphdrop{${LIGHT};color:var(--text);background:var(--back);font:14px/1.45 system-ui,sans-serif;padding:1rem max(1rem,calc(50% - 38rem))}
body>.graphdrop{box-sizing:border-box;min-height:100vh}
@media (prefers-color-scheme:dark){.graphdrop{${DARK}}}
.graphdrop[data-theme=light]{${LIGHT}}
.graphdrop[data-theme=dark]{${DARK}}
.graphdrop h1{font-size:1.35rem;margin:0 0 .5rem;overflow-wrap:anywhere}
.graphdrop h2{font-size:1.05rem;margin:1.5rem 0 .5rem}
.graphdrop a{color:var(--link);cursor:pointer;text-decoration:underline}
.graphdrop a:focus-visible,.graphdrop button:focus-visible,.graphdrop input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.graphdrop .tiles{display:flex;flex-wrap:wrap;gap:.75rem;list-style:none;margin:0;padding:0}
.graphdrop .tiles li{background:var(--card);border:1px solid var(--line);border-radius:.5rem;min-width:7rem;padding:.5rem .75rem}
.graphdrop .tiles b{display:block;font-size:1.4rem;font-variant-numeric:tabular-nums}
.graphdrop .wide{overflow-x:auto}
.graphdrop table{border-collapse:collapse;width:100%}
.graphdrop caption{color:var(--faint);padding:.25rem 0;text-align:left}
.graphdrop th,.graphdrop td{border-bottom:1px solid var(--line);overflow-wrap:anywhere;padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}
.graphdrop th,.graphdrop time{white-space:nowrap}
.graphdrop .n{font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
.graphdrop pre{background:var(--card);border-radius:.35rem;margin:.25rem 0;overflow-wrap:anywhere;padding:.4rem .6rem;white-space:pre-wrap}
.graphdrop .faint{color:var(--faint)}
.graphdrop .applied,.graphdrop .good{color:var(--good)}
.graphdrop .pending,.graphdrop .partly{color:var(--wait)}
.graphdrop .rejected,.graphdrop .unread,.graphdrop .bad{color:var(--bad)}
.graphdrop progress{accent-color:var(--accent);height:.9rem;width:100%}
.graphdrop form{display:flex;flex-wrap:wrap;gap:.6rem;margin:.5rem 0}
.graphdrop input,.graphdrop button{background:var(--back);border:1px solid var(--faint);border-radius:.35rem;color:var(--text);font:inherit;padding:.25rem .5rem}
.graphdrop svg{background:var(--card);border-radius:.5rem;display:block;height:auto;max-width:100%}
.graphdrop svg text{fill:var(--text);font:11px system-ui,sans-serif}
.graphdrop svg .edge{stroke:var(--faint)}
.graphdrop svg .tip{fill:var(--faint)}
.graphdrop svg .node{fill:var(--back);stroke:var(--accent);stroke-width:2}
.graphdrop svg .stub{stroke-dasharray:4 3}
.graphdrop svg .lag{fill:none;stroke:var(--accent);stroke-width:2}
</style>`);
