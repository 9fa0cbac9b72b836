// Checks that names are free: in the APIs, and in Postgres, where different names can become equal in
// snake_case.

import type { Described, DescribedObject } from '../../describe/catalogRef.ts'
import type { MetadataFault } from '../../metadata.ts'
import { toCamelCase, toSnakeCase } from '../../name.ts'
import { isFreeObjectName } from '../../naming.ts'
import { isReservedName, RESERVED_FIELDS } from '../../reserved.ts'
import { faultOf, lengthFaults, type Subject } from './check.ts'
import { isTakenInSchema } from './freeName.ts'

/** @param exceptId the object that is being renamed. */
export const objectNameFaults = (
  subject: Subject,
  before: Described,
  names: { readonly nameSingular: string; readonly namePlural: string },
  exceptId?: string,
): readonly MetadataFault[] => {
  const { nameSingular, namePlural } = names
  if (nameSingular.toLowerCase() === namePlural.toLowerCase())
    return [faultOf(subject, 'The singular and plural names cannot be the same for an object', nameSingular)]
  const others = before.metadata.objects.filter((object) => object.id !== exceptId)
  const isTaken = others.some((other) =>
    [nameSingular, namePlural].some(
      (name) =>
        name.toLowerCase() === other.nameSingular.toLowerCase() ||
        name.toLowerCase() === other.namePlural.toLowerCase(),
    ),
  )
  const table = toSnakeCase(nameSingular)
  const tooLong = lengthFaults(subject, nameSingular, [table])
  if (tooLong.length > 0) return tooLong
  if (isTaken || others.some((other) => other.table === table))
    return [faultOf({ ...subject, code: 'OBJECT_ALREADY_EXISTS' }, 'Object already exists', nameSingular)]
  if (isTakenInSchema(before, table))
    return [
      faultOf(
        subject,
        `The schema has a type, sequence or partition "${table}" already. Rename it in SQL, or use a different name.`,
        nameSingular,
      ),
    ]
  return ![nameSingular, namePlural].some(isReservedName) &&
    isFreeObjectName(
      names,
      others.map(({ nameSingular: singular, namePlural: plural }) => ({
        nameSingular: singular,
        namePlural: plural,
      })),
      before.model.functions,
    )
    ? []
    : [
        faultOf(
          subject,
          'This name is reserved. Use a different name or the system will add "Custom" suffix.',
          nameSingular,
        ),
      ]
}

/**
 * Faults of a field's name on one object.
 * @param except names that the field itself has now.
 */
export const fieldNameFaults = (
  subject: Subject,
  object: DescribedObject,
  name: string,
  except: ReadonlySet<string> = new Set(),
): readonly MetadataFault[] => {
  const unavailable = (by: string) => [
    faultOf(
      { ...subject, code: 'NOT_AVAILABLE' },
      `Name "${name}" is not available as it is already used by ${by}`,
      name,
    ),
  ]
  if (RESERVED_FIELDS.includes(name))
    return [
      faultOf(
        subject,
        'This name is reserved. Use a different name or the system will add "Custom" suffix.',
        name,
      ),
    ]
  if (except.has(name)) return []
  if (object.computed.includes(name)) return unavailable('a function')
  for (const field of object.model.fields.values()) {
    if (except.has(field.name)) continue
    // A join column is reported through its relation, which comes later.
    if (field.kind === 'scalar' && field.joinOf !== null) continue
    if (field.kind === 'toOne' && field.columns.some((column) => toCamelCase(column) === name))
      return unavailable('join column name')
    if (field.name.toLowerCase() === name.toLowerCase()) return unavailable('another field')
  }
  return []
}

/** System columns of every Postgres table. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/** Faults of columns that the table already has. */
export const columnFaults = (
  subject: Subject,
  object: DescribedObject,
  name: string,
  columns: readonly string[],
  except: ReadonlySet<string> = new Set(),
): readonly MetadataFault[] =>
  columns.some(
    (column) => SYSTEM_COLUMNS.has(column) || (object.model.columns.has(column) && !except.has(column)),
  )
    ? [
        faultOf(
          { ...subject, code: 'NOT_AVAILABLE' },
          `Name "${name}" is not available as it is already used by another field`,
          name,
        ),
      ]
    : []
