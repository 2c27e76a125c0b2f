"""The style of an HTML page of conversations, for light and dark and for any width."""

STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --soft: #57606a; --user: #ddf4ff;
  --assistant: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --soft: #9198a1; --user: #12304d; --assistant: #1c2128; }
}
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
h2, h3, summary, .text, pre { overflow-wrap: anywhere; }
.about, footer { color: var(--soft); font-size: .875rem; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0;
  padding: .5rem .75rem; }
article.user { background: var(--user); margin-left: 10%; }
article.assistant { background: var(--assistant); margin-right: 10%; }
article h3, summary { font-size: .875rem; margin: 0; color: var(--soft); }
.text { white-space: pre-wrap; margin: .25rem 0; }
pre { white-space: pre-wrap; font-size: .875rem; margin: .5rem 0; }
@media print { article { break-inside: avoid; } }
""".strip()
