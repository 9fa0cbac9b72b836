// Matches a request against the route table, once; CORS, `Allow`, handlers and the access log read the match.
// The first route that matches wins. Two middlewares: one parses the target, one answers.
//
// @koa/router matches fixed paths. Paths with parameters are matched here, segment by segment: a record's key
// stays as it was sent, and the record API does not test one regular expression per row for every request.

import { createRequire } from 'node:module'
import type Router from '@koa/router'
import type { RouterMiddleware } from '@koa/router'
import { methodNotAllowed, Problem } from '../error/problem.ts'
import { checkCharacters } from './characters.ts'
import type { Middleware, RequestTarget, Route } from './context.ts'

/** Its module for `import` imports node:http (nodeHttp.ts). */
const { Router: KoaRouter }: typeof import('@koa/router') = createRequire(import.meta.url)('@koa/router')

/** U+0000 in a URL, which Postgres cannot store in text. */
const ENCODED_NUL = '%00'
const ANY = '{...}'
const NO_PARAMS: RequestTarget['params'] = Object.freeze({})

type Pattern = Pick<Route, 'pattern'> & Partial<Pick<Route, 'spelling'>>

interface Candidate<R> {
  readonly route: R
  /** Names of parameters by the position of their segment. */
  readonly names: readonly (string | null)[]
  readonly words: readonly string[]
  readonly isOpen: boolean
}

/** Routes whose paths begin with the same segment. Fixed paths come before those with parameters. */
interface Bucket<R> {
  readonly fixed: Router
  readonly candidates: Candidate<R>[]
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '')

const candidateOf = <R extends Pattern>(route: R): Candidate<R> => {
  const words = segmentsOf(route.pattern)
  const isOpen = words.at(-1) === ANY
  if (isOpen) words.pop()
  return { route, words, isOpen, names: words.map((word) => /^\{(\w+)\}$/.exec(word)?.[1] ?? null) }
}

const fits = ({ words, names, isOpen }: Candidate<unknown>, segments: readonly string[]): boolean => {
  if (isOpen ? segments.length < words.length : segments.length !== words.length) return false
  for (let at = 0; at < words.length; at += 1)
    if (words[at] !== segments[at] && names[at] === null) return false
  return true
}

const paramsOf = ({ names }: Candidate<unknown>, segments: readonly string[]): RequestTarget['params'] => {
  let params: Record<string, string> | null = null
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] ?? null
    if (name === null) continue
    params ??= {}
    params[name] = segments[at] ?? ''
  }
  return params ?? NO_PARAMS
}

export interface Match<R = Route> {
  /** Null: no route matches. */
  readonly route: R | null
  readonly params: RequestTarget['params']
}

const NO_MATCH: Match<never> = { route: null, params: NO_PARAMS }

/** Compares segments, exactly or ignoring case; a path may contain empty segments. */
const isFixed = ({ pattern, spelling }: Pattern): boolean => spelling !== 'segments' && !pattern.includes('{')

/** @koa/router only matches; handlers run from the table. */
const passOn: RouterMiddleware = (_ctx, next) => next()

/** Finds the first route that matches a path. Every pattern begins with a literal segment, or is the root. */
export const createMatcher = <R extends Pattern>(routes: readonly R[]): ((path: string) => Match<R>) => {
  const buckets = new Map<string, Bucket<R>>()
  const byLayer = new Map<unknown, R>()
  for (const route of routes) {
    const candidate = candidateOf(route)
    const first = candidate.words[0]?.toLowerCase() ?? ''
    const bucket = buckets.get(first) ?? { fixed: new KoaRouter(), candidates: [] }
    buckets.set(first, bucket)
    if (isFixed(route)) {
      const isExact = route.spelling === 'exact'
      const options = { sensitive: isExact, strict: isExact }
      byLayer.set(bucket.fixed.register(route.pattern, ['GET'], passOn, options), route)
    } else bucket.candidates.push(candidate)
  }

  const findFixed = ({ fixed }: Bucket<R>, path: string): R | undefined => {
    const [layer] = fixed.match(path, 'GET').path
    return layer === undefined ? undefined : byLayer.get(layer)
  }

  return (path) => {
    const segments = segmentsOf(path)
    const bucket = buckets.get(segments[0]?.toLowerCase() ?? '')
    if (bucket === undefined) return NO_MATCH
    // Empty segments are ignored, unless the surface is `exact`.
    const normal = `/${segments.join('/')}`
    const fixed = findFixed(bucket, path) ?? (normal === path ? undefined : findFixed(bucket, normal))
    if (fixed !== undefined && (fixed.spelling !== 'exact' || path === fixed.pattern))
      return { route: fixed, params: NO_PARAMS }
    const found = bucket.candidates.find((candidate) => fits(candidate, segments))
    return found === undefined ? NO_MATCH : { route: found.route, params: paramsOf(found, segments) }
  }
}

/**
 * The path of a target. RFC 9112 §3.2.2: a server accepts `GET http://host/path` too; every other form
 * matches nothing here.
 */
const originForm = (target: string): string => {
  if (target.startsWith('/')) return target
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1]
  if (path === undefined) throw new Problem('BAD_USER_INPUT', 'The request target is not a path.')
  return path.startsWith('/') ? path : `/${path}`
}

/** Parses the target and finds its route. */
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

/** Calls the matched route's handler; passes on if there is none. */
export const answerRoute = (): Middleware => (ctx, next) => {
  const { route } = ctx.state.target
  if (route === null) return next()
  ctx.state.protocol = route.protocol
  if (route.known?.includes(ctx.method) === false) throw methodNotAllowed(ctx.method, route.known)
  return (route.answers.get(ctx.method) ?? route.otherwise)(ctx, next)
}
