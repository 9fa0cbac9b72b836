// The target of a request, as it was sent.

/** Its path, still percent-encoded, and its query string without the question mark. */
export const splitTarget = (target: string): readonly [path: string, search: string] => {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}
