import test from 'ava'
import fc from 'fast-check'
import { fieldTypeStem } from '../../tenants/model/fieldTypeName.ts'
import { STANDARD_OBJECTS } from '../../tenants/model/standard/standard.ts'

const SEED = 20_261_128

const word = fc.constantFrom('company', 'domain', 'name', 'status', 'date', 'format', 'line', 'x', 'a1', 'b')
const name = fc
  .array(word, { minLength: 1, maxLength: 3 })
  .map(
    ([first = '', ...rest]) =>
      first + rest.map((each) => each.charAt(0).toUpperCase() + each.slice(1)).join(''),
  )

const standard = STANDARD_OBJECTS.flatMap(({ nameSingular, fields }) =>
  fields.map((field): [string, string] => [nameSingular, field.name]),
)

/** The other ways to cut what is written together. */
const cuts = ([object, field]: readonly [string, string]): [string, string][] => {
  const words = (object + field.charAt(0).toUpperCase() + field.slice(1)).split(/(?=[A-Z])/)
  return words.slice(1).map((_, at) => {
    const [first = '', ...rest] = words.slice(at + 1)
    return [words.slice(0, at + 1).join(''), first.charAt(0).toLowerCase() + first.slice(1) + rest.join('')]
  })
}

const pair = fc.oneof(
  fc.tuple(name, name),
  fc.constantFrom(...standard),
  fc.constantFrom(...standard.flatMap(cuts)),
)

test('types of two different fields never share a name', (t) => {
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      const pairs = [one, other, ...cuts(one), ...cuts(other)]
      const distinct = new Map(pairs.map((each) => [each.join('.'), fieldTypeStem(...each)]))
      t.is(new Set(distinct.values()).size, distinct.size, JSON.stringify([...distinct]))
    }),
    { seed: SEED, numRuns: 2_000 },
  )
})

test('fields of the standard objects have types as the contract has them', (t) => {
  t.is(fieldTypeStem('company', 'domainName'), 'CompanyDomainName')
  t.is(fieldTypeStem('companyDomain', 'name'), 'CompanyDomain_Name')
  for (const [object, field] of standard) t.notRegex(fieldTypeStem(object, field), /_/)
})
