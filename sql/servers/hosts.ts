// Connection strings with several servers, as libpq writes them:
//
//   postgres://user:password@one:5432,two:5432/db?target_session_attrs=read-write
//   postgres://user:password@/db?host=one,two&port=5432,5433
//
// The driver and `URL` accept one host, so each server gets a URL of its own.

interface ServerList {
  /** One for each host, in order, each with a single host. */
  readonly urls: readonly string[]
  /** Whether connections are only made to a server that accepts writes. */
  readonly isChecked: boolean
}

/** Scheme, credentials, hosts, path, query. */
const PARTS = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)([^?#]*)(\?[^#]*)?$/
const DEFAULT_PORT = 5432
/** The other values of libpq choose a standby, where a gateway cannot work. */
const ATTRIBUTES = ['any', 'read-write', 'primary']
const ADDRESS = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/

interface Address {
  readonly host: string
  readonly port: string
}

/** `host`, `host:port`, `[::1]:port`. */
const addressIn = (text: string): Address | null => {
  const [, host = '', port = ''] = ADDRESS.exec(text) ?? []
  return host === '' ? null : { host, port }
}

/** As it stands in the authority of a URL: addresses of IPv6 in brackets, directories of sockets encoded. */
const inAuthority = (host: string): string => {
  if (host.startsWith('/')) return encodeURIComponent(host)
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

/** The lists of the query come before the authority, as in libpq. One port may count for all hosts. */
const addressesOf = (authority: string, query: URLSearchParams): readonly Address[] | null => {
  const ports = query.get('port')?.split(',') ?? []
  const hosts = query.get('host')?.split(',')
  const found =
    hosts?.map((host) => ({ host: inAuthority(host), port: '' })) ?? authority.split(',').map(addressIn)
  const addresses = found.flatMap((address, at) =>
    address === null || address.host === ''
      ? []
      : [{ ...address, port: ports[at] ?? ports[0] ?? address.port }],
  )
  const isComplete = addresses.length === found.length && [0, 1, addresses.length].includes(ports.length)
  return isComplete ? addresses : null
}

const isPostgresUrl = (text: string): boolean =>
  URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol)

/** Null: not a connection string. */
export const readServers = (text: string): ServerList | null => {
  const [, scheme = '', user = '', authority = '', path = '', search = ''] = PARTS.exec(text) ?? []
  const query = new URLSearchParams(search)
  const attributes = query.get('target_session_attrs')
  const hasList = [authority, query.get('host') ?? ''].some((hosts) => hosts.includes(','))
  if (attributes === null && !hasList && isPostgresUrl(text)) return { urls: [text], isChecked: false }
  // `URL` refuses a user without a host, which libpq takes for a socket: postgres://user@/db?host=/run
  if (scheme === '' || (attributes === null && !hasList && query.get('host') === null)) return null
  if (attributes !== null && !ATTRIBUTES.includes(attributes)) return null
  query.delete('target_session_attrs')
  const addresses = addressesOf(authority, query)
  query.delete('host')
  query.delete('port')
  const rest = query.size === 0 ? '' : `?${query}`
  const urls = addresses?.map(
    ({ host, port }) => `${scheme}${user}${host}:${port || DEFAULT_PORT}${path}${rest}`,
  )
  if (urls === undefined || !urls.every(isPostgresUrl)) return null
  const isChecked = attributes === 'any' ? urls.length > 1 : attributes !== null || hasList
  return { urls: [...new Set(urls)], isChecked }
}

/** Of an address, as messages and metrics name it. */
export const nameOfAddress = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${/^[^/].*:/.test(host) ? `[${host}]` : host}:${port}`

/** Host and port of a URL of one server, without its password. */
export const nameOfServer = (url: string): string => {
  const { hostname, port, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1')
  return nameOfAddress({
    host: host || 'localhost',
    port: Number(searchParams.get('port') ?? port) || DEFAULT_PORT,
  })
}
