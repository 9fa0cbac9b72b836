// The URL of a webhook, checked when it is set. Names are checked again at each connection.

import { isIP } from 'node:net'
import { Problem } from '../error/problem.ts'
import { AddressRefused, type AddressRules } from './addresses.ts'

interface WebhookTarget {
  /** As the URL parser writes it. */
  readonly url: string
  /** Host and port. */
  readonly host: string
}

const MAX_LENGTH = 2_048
const FIRST_UNPRIVILEGED_PORT = 1_024
const WEB_PORTS: readonly number[] = [80, 443]

const refused = (code: string, message: string, hint?: string): Problem =>
  new Problem('METADATA_VALIDATION_FAILED', message, {
    subCode: code,
    ...(hint === undefined ? {} : { hint }),
  })

const invalid = (hint: string): Problem => refused('INVALID_TARGET_URL', 'Invalid target URL provided', hint)

export const portOf = ({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)

/** Without the brackets of IPv6. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** Throws Problem METADATA_VALIDATION_FAILED. */
export const checkedTarget = async (text: string, rules: AddressRules): Promise<WebhookTarget> => {
  if (text.trim() === '') throw refused('INVALID_WEBHOOK_INPUT', 'Target URL is required')
  if (text.length > MAX_LENGTH) throw invalid(`A URL has at most ${MAX_LENGTH} characters.`)
  if (!URL.canParse(text)) throw invalid('Not a valid URL.')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid('It must begin with http:// or https://.')
  if (url.username !== '' || url.password !== '') throw invalid('It must not contain a user name.')
  const port = portOf(url)
  if (port < FIRST_UNPRIVILEGED_PORT && !WEB_PORTS.includes(port))
    throw invalid(`Port ${port} is reserved for another service. Use 80, 443, or a port from 1024 on.`)
  url.hash = ''
  const host = bareHost(url.hostname)
  try {
    await rules.addressesOf(host, port)
  } catch (error) {
    if (error instanceof AddressRefused) throw invalid(`${error.message}.`)
    // A name that does not resolve now may do so later; an address always resolves.
    if (isIP(host) !== 0) throw error
  }
  return { url: url.toString(), host: url.host }
}
