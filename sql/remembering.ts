/**
 * What was made of the latest texts. Forgets all of them when there are `most`, so that a use costs a lookup.
 * @param most bounds the memory, together with the length of the texts
 */
export const remembering = <Made>(most: number, make: (text: string) => Made): ((text: string) => Made) => {
  const known = new Map<string, Made>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= most) known.clear()
    const made = make(text)
    known.set(text, made)
    return made
  }
}
