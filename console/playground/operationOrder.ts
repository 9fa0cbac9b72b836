// In which order the REST playground lists the operations of an object. In: two of them; out: what people
// look for first, first: lists and new records, then single records, then everything in bulk and the rest, as
// the document has it.

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
