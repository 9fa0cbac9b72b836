/** What was made of the latest text: parsing a URL takes tens of microseconds, and servers seldom change. */
export const rememberLatest = <Made>(make: (text: string) => Made): ((text: string) => Made) => {
  let latest: { readonly text: string; readonly made: Made } | null = null
  return (text) => {
    if (latest?.text !== text) latest = { text, made: make(text) }
    return latest.made
  }
}
