// Secrets in texts for operators. A form of secrets is looked for where its mark stands; the tests compare
// with texts that have all marks.

import test from 'ava'
import fc from 'fast-check'
import { redact, redactedStart } from '../../gateway/redact.ts'

const hex = (min: number, max: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${min},${max}}$`))
const word = fc.stringMatching(/^[A-Za-z0-9_-]{20,40}$/)

const secrets: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'a JSON Web Token': word.map((text) => `eyJ${text}.eyJ${text}.${text}`),
  'a key of an operator': word.map((text) => `tenantry_operator_${text}`),
  'a session': word.map((text) => `tenantry_session_${text}`),
  'a sign-in link': word.map((text) => `tenantry_sign_in_${text}`),
  'a secret of a webhook': word.map((text) => `whsec_${text}`),
  'the text of 64 hexadecimal digits': hex(64, 64),
}
const inContext: Readonly<Record<string, readonly [string, string]>> = {
  'after Bearer': ['Bearer 1', ''],
  'after BASIC': ['BASIC 1', ''],
  'as a password': ['postgres://user:', '@db/x'],
  'as a parameter': ['/x?token=', '&a=b'],
  'as a later parameter': ['/x?a=b&Api_Key=', '#x'],
}

/** Cannot be a part of a secret. Escapes end in letters. */
const around = fc
  .tuple(
    fc.stringMatching(/^[ ,;()ä]{0,150}$/),
    fc.constantFrom('', '\\n', '\\t', '\\u0001', '%20', '%0A', 'z'),
  )
  .map((parts) => parts.join(''))

for (const [name, secret] of Object.entries(secrets))
  test(`${name} is removed wherever it stands`, (t) => {
    fc.assert(
      fc.property(around, secret, around, (before, hidden, rest) => {
        const after = ` ${rest}`
        const shown = redact(before + hidden + after)
        t.true(
          shown.startsWith(before.replace(/[0-9a-f]+$/, '')) &&
            shown.endsWith(after) &&
            shown.includes('[redacted]'),
        )
        t.false(shown.includes(hidden))
      }),
    )
  })

for (const [name, [before, after]] of Object.entries(inContext))
  test(`any secret is removed ${name}`, (t) => {
    fc.assert(
      fc.property(around, word, (start, hidden) => {
        const shown = redact(`${start};${before}${hidden}${after}`)
        t.true(shown.includes('[redacted]') && shown.endsWith(after), shown)
        t.false(shown.includes(hidden))
      }),
    )
  })

test('every secret contains the mark of its form', (t) => {
  const part = fc.oneof(
    ...Object.values(secrets),
    hex(60, 70),
    fc.constantFrom('a'.repeat(63), 'b'.repeat(129), 'C'.repeat(64)),
    fc.constantFrom('bearer ', 'BASIC ', 'eyJ', '://', 'a://b:c', '@', '?', '&', '=', 'key=', 'secret', '1'),
    fc.string({ maxLength: 12 }),
  )
  const marks = `\n eyJ tenantry_ whsec_ :// = ${'f'.repeat(64)}`
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('')
      t.is(redact(text + marks), redact(text) + redact(marks))
    }),
    { numRuns: 3_000 },
  )
})

test('short texts without secrets stay as they are', (t) => {
  for (const text of ['', '/rest/companies/0198c0de-0000-7000-8000-000000000001', 'f'.repeat(63)])
    t.is(redact(text), text)
})

test('a beginning has no part of a secret that the end would cut', (t) => {
  fc.assert(
    fc.property(fc.oneof(...Object.values(secrets)), fc.nat(80), (secret, at) => {
      const text = `${' '.repeat(100 - at)}${secret} ${'x'.repeat(300)}`
      const shown = redactedStart(text, 100)
      t.true(shown.length <= 101)
      t.is(shown, `${redact(text).slice(0, 100)}…`)
    }),
  )
  t.is(redactedStart('short', 100), 'short')
})
