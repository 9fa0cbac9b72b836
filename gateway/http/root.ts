// GET /: the console for browsers (console/pages.ts); for programs and people without one the addresses of
// the console and the APIs, as text or JSON.

import type { Context, PublicHandler } from './context.ts'

interface RootOptions {
  /** Public address; null: the address of each request. */
  readonly publicUrl: string | null
  readonly servesConsole: boolean
  /** Sends a browser the console; false for other clients. */
  readonly page?: ((ctx: Context) => Promise<boolean>) | undefined
}

const addressesOf = (url: string, servesConsole: boolean) => ({
  ...(servesConsole ? { console: `${url}/` } : {}),
  rest: `${url}/rest`,
  graphql: `${url}/graphql`,
  metadata: `${url}/metadata`,
  openApi: `${url}/rest/open-api/core`,
})

const textOf = ({
  console: page,
  rest,
  graphql,
  metadata,
  openApi,
}: ReturnType<typeof addressesOf>) => `Tenantry

${page === undefined ? '' : `Console     ${page}  (open it in a browser)\n`}REST        ${rest}/{objects}
OpenAPI     ${openApi}
GraphQL     ${graphql}
Data model  ${metadata}, ${rest}/metadata

Send an API key with each request: "Authorization: Bearer <key>".
`

export const answerRoot =
  ({ publicUrl, servesConsole, page }: RootOptions): PublicHandler =>
  async (ctx) => {
    if (page !== undefined && (await page(ctx))) return
    const addresses = addressesOf(publicUrl ?? `${ctx.protocol}://${ctx.host}`, servesConsole)
    ctx.vary('Accept')
    if (ctx.accepts('text/plain', 'application/json') === 'application/json') {
      ctx.type = 'application/json'
      ctx.body = JSON.stringify(addresses)
      return
    }
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = textOf(addresses)
  }
