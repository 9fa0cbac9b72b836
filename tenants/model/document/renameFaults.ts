// Faults in the renames of a document, by place. An old name may be given up once, and must not occur in the
// document any more, unless something else takes it: otherwise it would be undecidable which of the two owns
// the records.

import { type DocumentRename, isValueDocument, type ModelDocument } from './document.ts'

export interface DocumentFault {
  readonly place: string
  readonly message: string
}

/** Names in one scope: of objects, of an object's fields, of a field's options. */
interface Scope {
  readonly place: string
  readonly names: readonly string[]
  readonly renames: readonly DocumentRename[]
}

const nameIn = ({ object, field, option }: DocumentRename): string => option ?? field ?? object

const scopesOf = ({ objects, renames = [] }: ModelDocument): readonly Scope[] => [
  {
    place: '',
    names: objects.map(({ nameSingular }) => nameSingular),
    renames: renames.filter(({ field }) => field === null),
  },
  ...objects.flatMap(({ nameSingular, fields }): readonly Scope[] => {
    const own = renames.filter(({ object, field }) => object === nameSingular && field !== null)
    return [
      {
        place: nameSingular,
        names: fields.map(({ name }) => name),
        renames: own.filter(({ option }) => option === null),
      },
      ...fields.filter(isValueDocument).map(({ name, options }) => ({
        place: `${nameSingular}.${name}`,
        names: (options ?? []).map(({ value }) => value),
        renames: own.filter(({ field, option }) => field === name && option !== null),
      })),
    ]
  }),
]

const faultsOf = ({ place, names, renames }: Scope): readonly DocumentFault[] =>
  renames.flatMap((rename): readonly DocumentFault[] => {
    const { from } = rename
    const at = [place, nameIn(rename)].filter((part) => part !== '').join('.')
    const isTaken = names.includes(from) && !renames.some((each) => nameIn(each) === from)
    return [
      ...(renames.filter((each) => each.from === from).length > 1
        ? [{ place: at, message: `"${from}" cannot be renamed twice` }]
        : []),
      ...(isTaken
        ? [{ place: at, message: `"${from}" is still in the document, so it cannot be what was renamed` }]
        : []),
    ]
  })

export const renameFaults = (document: ModelDocument): readonly DocumentFault[] =>
  scopesOf(document).flatMap(faultsOf)
