// Matches a request against the table of routes, once; CORS, `Allow`, handlers and the access log read what
// was found. In: the routes, of which the first that fits decides; out: two middlewares, one that reads the
// target and one that answers.
//
// Not @koa/router: it tries one regular expression per row, 5 to 9 µs for this table and several times what
// this takes, and it decodes the segments, of which record keys must stay as they were sent.

import { methodNotAllowed, Problem } from '../error/problem.ts'
import { checkCharacters } from './characters.ts'
import type { Middleware, Route, Target } from './context.ts'

/** U+0000 in a URL, which no text in Postgres can hold. */
const ENCODED_NUL = '%00'
const ANY = '{...}'
const NO_PARAMS: Target['params'] = Object.freeze({})

interface Candidate {
  readonly route: Route
  /** Names of parameters, where the pattern has some, by the place of their segment. */
  readonly names: readonly (string | null)[]
  readonly words: readonly string[]
  readonly isOpen: boolean
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '')

const candidateOf = (route: Route): Candidate => {
  const words = segmentsOf(route.pattern)
  const isOpen = words.at(-1) === ANY
  if (isOpen) words.pop()
  return { route, words, isOpen, names: words.map((word) => /^\{(\w+)\}$/.exec(word)?.[1] ?? null) }
}

const fits = ({ route, words, names, isOpen }: Candidate, path: string, segments: string[]): boolean => {
  if (isOpen ? segments.length < words.length : segments.length !== words.length) return false
  if (route.spelling === 'exact') return path === route.pattern
  const isCaseless = route.spelling === 'caseless'
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === segments[at] || names[at] !== null) continue
    if (!isCaseless || words[at]?.toLowerCase() !== segments[at]?.toLowerCase()) return false
  }
  return true
}

const paramsOf = ({ names }: Candidate, segments: readonly string[]): Target['params'] => {
  let params: Record<string, string> | null = null
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] ?? null
    if (name === null) continue
    params ??= {}
    params[name] = segments[at] ?? ''
  }
  return params ?? NO_PARAMS
}

export type Match = Pick<Target, 'route' | 'params'>

const NO_MATCH: Match = { route: null, params: NO_PARAMS }

/** Finds the first route that fits a path. Every pattern begins with a word of its own, or is the root. */
export const createMatcher = (routes: readonly Route[]): ((path: string) => Match) => {
  const byFirstWord = new Map<string, Candidate[]>()
  for (const route of routes) {
    const candidate = candidateOf(route)
    const [first = ''] = candidate.words
    byFirstWord.set(first.toLowerCase(), [...(byFirstWord.get(first.toLowerCase()) ?? []), candidate])
  }
  return (path) => {
    const segments = segmentsOf(path)
    for (const candidate of byFirstWord.get(segments[0]?.toLowerCase() ?? '') ?? [])
      if (fits(candidate, path, segments))
        return { route: candidate.route, params: paramsOf(candidate, segments) }
    return NO_MATCH
  }
}

/**
 * The path of a target. RFC 9112 §3.2.2: a server accepts `GET http://host/path` too; every other form is no
 * resource of ours.
 */
const originForm = (target: string): string => {
  if (target.startsWith('/')) return target
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1]
  if (path === undefined) throw new Problem('BAD_USER_INPUT', 'The request target is not a path.')
  return path.startsWith('/') ? path : `/${path}`
}

/** Brings the target into the form of a path and finds its route. */
export const readTarget = (routes: readonly Route[]): Middleware => {
  const match = createMatcher(routes)
  return ({ req, state }, next) => {
    const sent = req.url ?? ''
    if (sent.includes(ENCODED_NUL)) checkCharacters('\0')
    const target = originForm(sent)
    if (target !== sent) req.url = target
    const at = target.indexOf('?')
    const path = at < 0 ? target : target.slice(0, at)
    state.target = { path, search: at < 0 ? '' : target.slice(at + 1), ...match(path) }
    return next()
  }
}

/** Hands the request to its route, or passes on where there is none. */
export const answerRoute = (): Middleware => (ctx, next) => {
  const { route } = ctx.state.target
  if (route === null) return next()
  ctx.state.protocol = route.protocol
  if (route.known?.includes(ctx.method) === false) throw methodNotAllowed(ctx.method, route.known)
  return (route.answers.get(ctx.method) ?? route.otherwise)(ctx, next)
}
