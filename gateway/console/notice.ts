// The page in the console's place while there is none. In: how its build stands; out: a page that looks again by itself, or says
// what to do. It needs nothing beside itself.

import type { BuildState } from './build.ts'

export interface Notice {
  readonly status: number
  readonly page: string
  readonly retrySeconds: number | null
}

const RETRY_SECONDS = 2

const pageOf = (title: string, text: string, refreshSeconds: number | null): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">${refreshSeconds === null ? '' : `\n<meta http-equiv="refresh" content="${refreshSeconds}">`}
<title>${title}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 20vh auto; padding: 0 1rem }</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`

export const noticeOf = (state: BuildState): Notice => {
  if (state === 'building')
    return {
      status: 503,
      retrySeconds: RETRY_SECONDS,
      page: pageOf(
        'The console is being built',
        'This happens once and takes a minute or two. The page appears by itself; the API answers already.',
        RETRY_SECONDS,
      ),
    }
  const text =
    state === 'failed'
      ? 'Building it has failed; the log of the gateway says why. <code>npm run build</code> tries again.'
      : 'Run <code>npm ci</code> and <code>npm run build</code> where Tenantry is installed, then reload this page.'
  return {
    status: 503,
    retrySeconds: null,
    page: pageOf('The console is not built', `${text} The API answers as ever.`, null),
  }
}
