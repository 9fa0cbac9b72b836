// An object with thousands of names, as a hash table from the start: V8 copies the layout of other objects
// for each name that is added, up to a thousand names.

/** Without a prototype. */
type HashTable<Value> = Record<string, Value>

export const createHashTable = <Value>(): HashTable<Value> => Object.create(null)

export const hashTableOf = <Value>(
  entries: Iterable<readonly [name: string, value: Value]>,
): HashTable<Value> => {
  const table = createHashTable<Value>()
  for (const [name, value] of entries) table[name] = value
  return table
}
