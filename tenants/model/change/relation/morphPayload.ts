// Parses `morphRelationsUpdatePayload` into entries, each with its target object, or refuses with the
// contract's codes. Properties that an entry omits stay as they are.

import { isUuid } from '../../../uuid.ts'
import type { DescribedObject } from '../../describe/catalogRef.ts'
import { isRecord } from '../../json.ts'
import { faultOf, labelFaults, nameFaults, namingLabelFaults } from '../check/check.ts'
import { MetadataRefusal, refuseFaults } from '../check/metadataRefusal.ts'
import type { RequestedChange } from '../check/requestedChange.ts'

export interface MorphEntry {
  readonly target: DescribedObject
  readonly label: string | undefined
  readonly icon: string | null | undefined
  readonly name: string | undefined
  readonly isRemoved: boolean
}

const KEYS = new Set([
  'targetObjectMetadataId',
  'targetFieldLabel',
  'targetFieldIcon',
  'targetFieldName',
  'type',
  'isRemoved',
])

const createReader = ({ before, field, subject }: RequestedChange) => {
  const refuse = (message: string, value?: unknown) => new MetadataRefusal([faultOf(subject, message, value)])
  const invalid = (reason: string, value?: unknown) =>
    refuse(`Morph relation update payload is invalid: ${reason}`, value)

  const textOf = (given: Readonly<Record<string, unknown>>, key: string): string | undefined => {
    const value = given[key]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string') return value
    throw invalid(`${key} must be a string`, value)
  }

  const targetOf = (id: unknown): DescribedObject => {
    if (typeof id !== 'string' || !isUuid(id)) throw invalid('targetObjectMetadataId must be a UUID', id)
    const target = before.objects.get(id)
    if (target === undefined)
      throw refuse('Object metadata relation target not found for relation creation payload', id)
    if (target === field.object) throw refuse('Source object cannot be the target object')
    return target
  }

  return (given: unknown): MorphEntry => {
    if (!isRecord(given)) throw invalid('each entry must be an object', given)
    const unknown = Object.keys(given).find((key) => !KEYS.has(key))
    if (unknown !== undefined) throw invalid(`"${unknown}" is not known`)
    const { type, isRemoved, targetFieldIcon } = given
    const target = targetOf(given.targetObjectMetadataId)
    if (type != null && type !== 'MANY_TO_ONE') throw invalid('type must be MANY_TO_ONE', type)
    if (isRemoved != null && typeof isRemoved !== 'boolean')
      throw invalid('isRemoved must be a boolean', isRemoved)
    const label = textOf(given, 'targetFieldLabel')
    const name = textOf(given, 'targetFieldName')
    refuseFaults([
      ...(label === undefined
        ? []
        : name === undefined
          ? namingLabelFaults(subject, label)
          : labelFaults(subject, label, 'Field')),
      ...(name === undefined ? [] : nameFaults(subject, name)),
    ])
    return {
      target,
      label: label?.trim(),
      name,
      icon: targetFieldIcon === null ? null : textOf(given, 'targetFieldIcon'),
      isRemoved: isRemoved === true,
    }
  }
}

/** Empty if the change has no payload, for any field. */
export const readMorphEntries = (requested: RequestedChange): readonly MorphEntry[] => {
  const { update, now, subject } = requested
  const given = update.morphRelationsUpdatePayload
  if (given === undefined || given === null || (Array.isArray(given) && given.length === 0)) return []
  if (now.type !== 'MORPH_RELATION')
    throw new MetadataRefusal([
      faultOf(subject, `Only morph relations have targets: "${now.name}" is a field of type ${now.type}`),
    ])
  const entries = (Array.isArray(given) ? given : [given]).map(createReader(requested))
  if (new Set(entries.map(({ target }) => target)).size < entries.length)
    throw new MetadataRefusal([
      faultOf(
        subject,
        'Morph relation creation payloads must have only relation to the same object metadata',
      ),
    ])
  return entries
}
