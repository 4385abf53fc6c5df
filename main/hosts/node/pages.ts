/** The few pages the loopback door writes itself, in plain words. Nothing from a request is ever put into them. */
const styled = (title: string, body: string, head = ''): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">${head}
<title>${title} · Coldstart</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1.5em;color:#1a2330;background:#f6f7f9}
code{background:#e4e8ee;padding:.1em .35em;border-radius:4px}
@media(prefers-color-scheme:dark){body{color:#e8ecf2;background:#10161e}code{background:#263140}}</style></head>
<body><h1>${title}</h1>${body}</body></html>
`;

const another = `<p>Get another one where Coldstart is running: press <b>Enter</b> in its terminal, or run
<code>coldstart link</code> in a second one (in a checkout: <code>npm run -s coldstart -- link</code>).</p>`;

/** Takes the browser on to the app. A page of ours must lead there: a strict cookie is not sent along a redirect. */
export const onwards = (to: string): string =>
  styled('Opening', '<p>Coldstart is opening …</p>', `<meta http-equiv="refresh" content="0;url=${to}">`);

export const usedLink = styled(
  'This link has been used',
  `<p>A link to Coldstart opens one page, once, and within a minute of being shown. Nothing was changed.</p>${another}`,
);

export const noCookie = styled(
  'This page needs a link',
  `<p>Coldstart is running, but this browser was not let in by one of its links. Nothing was changed.</p>${another}`,
);

export const notThere = styled(
  'Nothing is here',
  '<p>Coldstart has no page by this name. <a href="/">Go to the start</a></p>',
);

export const notBuilt = styled(
  'The page is not built',
  '<p>Coldstart is running, but its page is missing. Run <code>npm run build</code>, then reload.</p>',
);
