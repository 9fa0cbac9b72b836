// Order of an object's operations in the REST playground: lists and creation, single records, then batches
// and the rest.

interface Operation {
  readonly path: string
  readonly httpVerb: string
}

const VERBS = ['get', 'post', 'patch', 'put', 'delete']

const rankOf = ({ path, httpVerb }: Operation): number => {
  const verb = VERBS.indexOf(httpVerb.toLowerCase())
  if (/^\/\w+$/.test(path) && verb < VERBS.indexOf('patch')) return verb
  if (/^\/\w+\/\{\w+\}$/.test(path)) return VERBS.length + verb
  return 2 * VERBS.length
}

export const operationOrder = (a: Operation, b: Operation): number => rankOf(a) - rankOf(b)
