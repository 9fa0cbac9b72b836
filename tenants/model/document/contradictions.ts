// Contradictions inside one well-formed model document: duplicate names, relations to missing objects, fields
// that every object has anyway. Returns faults with their places.

import { BASE_FIELDS } from '../describe/describeField.ts'
import { type FieldDocument, indexKey, linksOf, type ModelDocument, type ObjectDocument } from './document.ts'
import { type DocumentFault, renameFaults } from './renameFaults.ts'

const twins = (names: readonly string[], place: string): readonly DocumentFault[] =>
  [...new Set(names.filter((each, at) => names.indexOf(each) !== at))].map((each) => ({
    place,
    message: `"${each}" appears twice`,
  }))

const fieldFaults = (
  place: string,
  each: FieldDocument,
  objects: ReadonlySet<string>,
): readonly DocumentFault[] => [
  ...(Object.hasOwn(BASE_FIELDS, each.name)
    ? [{ place, message: 'Every object has this field by itself, so it cannot be declared' }]
    : []),
  ...linksOf(each)
    .filter(({ target }) => !objects.has(target))
    .map(({ target }) => ({ place, message: `The document has no object "${target}" to point at` })),
  ...twins(
    linksOf(each).map(({ target }) => target),
    place,
  ),
]

const objectFaults = (each: ObjectDocument, objects: ReadonlySet<string>): readonly DocumentFault[] => {
  const place = each.nameSingular
  const names = new Set(['id', ...each.fields.map((own) => own.name)])
  const unknown = [each.labelIdentifier, each.imageIdentifier].filter(
    (own) => own !== null && !names.has(own),
  )
  return [
    ...twins(
      each.fields.map((own) => own.name),
      place,
    ),
    ...twins(each.indexes.map(indexKey), place),
    ...unknown.map((own) => ({
      place,
      message: `The object has no field "${own}" that could name its records`,
    })),
    ...each.fields.flatMap((own) => fieldFaults(`${place}.${own.name}`, own, objects)),
  ]
}

/** The same name on two sides of relations, or as a field and as the other side of a relation. */
const inverseFaults = (objects: readonly ObjectDocument[]): readonly DocumentFault[] => {
  const byObject = new Map(objects.map((each) => [each.nameSingular, each.fields.map((own) => own.name)]))
  for (const { target, inverse } of objects.flatMap((each) => each.fields.flatMap(linksOf)))
    byObject.get(target)?.push(inverse.name)
  return [...byObject].flatMap(([place, names]) => twins(names, place))
}

export const contradictionsIn = (read: ModelDocument): readonly DocumentFault[] => {
  const { objects } = read
  const names = objects.flatMap(({ nameSingular, namePlural }) => [nameSingular, namePlural])
  const singulars = new Set(objects.map(({ nameSingular }) => nameSingular))
  return [
    ...twins(names, 'objects'),
    ...objects.flatMap((each) => objectFaults(each, singulars)),
    ...inverseFaults(objects),
    ...renameFaults(read),
  ]
}
