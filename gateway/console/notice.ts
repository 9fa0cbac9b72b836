// The page shown while the console is not built: it opens the console once it is built, or explains what to
// do. It loads nothing: its script is allowed by its hash.

import { createHash } from 'node:crypto'
import type { BuildState } from './build.ts'

export interface Notice {
  readonly status: number
  readonly page: string
  readonly contentSecurityPolicy: string
  readonly retrySeconds: number | null
}

const RETRY_SECONDS = 2

/**
 * A refresh by `meta` or header keeps the address, and with a fragment in it (the secret of a sign-in link)
 * browsers treat it as a jump within the page and load nothing. So the page polls itself, and reloads once
 * the answer differs from "try again later".
 */
const SCRIPT = `
const look = async () => {
  const answer = await fetch('/', { method: 'HEAD', headers: { accept: 'text/html' }, cache: 'no-store' }).catch(() => null)
  if (answer !== null && !answer.headers.has('retry-after')) location.reload()
  else setTimeout(look, ${RETRY_SECONDS * 1000})
}
setTimeout(look, ${RETRY_SECONDS * 1000})
`

const policyOf = (script: string | null): string =>
  [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    ...(script === null
      ? []
      : [
          `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
          "connect-src 'self'",
        ]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

const pageOf = (title: string, text: string, script: string | null): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 20vh auto; padding: 0 1rem }</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>${script === null ? '' : `\n<script>${script}</script>`}
</body>
</html>
`

const noticeWith = (title: string, text: string, script: string | null): Notice => ({
  status: 503,
  retrySeconds: script === null ? null : RETRY_SECONDS,
  page: pageOf(title, text, script),
  contentSecurityPolicy: policyOf(script),
})

const BUILDING = noticeWith(
  'The console is being built',
  'This happens once and takes a minute or two. The page appears by itself; the API answers already.',
  SCRIPT,
)

const NOT_BUILT = 'The console is not built'

const FAILED = noticeWith(
  NOT_BUILT,
  'The build failed; the log of the gateway gives the reason. <code>npm run build</code> tries again. The API answers as usual.',
  null,
)

const ABSENT = noticeWith(
  NOT_BUILT,
  'Run <code>npm ci</code> and <code>npm run build</code> where Tenantry is installed, then reload this page. The API answers as usual.',
  null,
)

export const noticeOf = (state: BuildState): Notice =>
  state === 'building' ? BUILDING : state === 'failed' ? FAILED : ABSENT
