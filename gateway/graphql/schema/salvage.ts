// Last resort if the schema of a model cannot be built in spite of the naming rules: finds the object or
// function to blame, and builds without it. Returns the schema and the parts left out, each with the reason.
// One culprit costs as many attempts as a binary search among all parts, 10 ms each.

import {
  type FunctionModel,
  indexObjects,
  type Model,
  type ObjectModel,
} from '../../../tenants/model/model.ts'

type Part =
  | { readonly kind: 'object'; readonly object: ObjectModel }
  | { readonly kind: 'function'; readonly fn: FunctionModel }

/** A part of a model that breaks the schema. */
export interface Unbuildable {
  readonly part: Part
  readonly cause: unknown
}

interface Salvaged<Built> {
  readonly built: Built
  readonly unbuildable: readonly Unbuildable[]
}

const partsOf = ({ objects, functions }: Model): readonly Part[] => [
  ...objects.map((object) => ({ kind: 'object' as const, object })),
  ...functions.map((fn) => ({ kind: 'function' as const, fn })),
]

const withParts = (model: Model, parts: readonly Part[]): Model => ({
  ...model,
  ...indexObjects(parts.flatMap((part) => (part.kind === 'object' ? [part.object] : []))),
  functions: parts.flatMap((part) => (part.kind === 'function' ? [part.fn] : [])),
})

type Attempt<Built> = { readonly built: Built } | { readonly cause: unknown }

/** The part that ends the shortest prefix that cannot be built. */
const findCulprit = async (
  parts: readonly Part[],
  fails: (parts: readonly Part[]) => Promise<boolean>,
): Promise<number | null> => {
  // Leaving a part out would not help.
  if (await fails([])) return null
  let good = 0
  let bad = parts.length
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (await fails(parts.slice(0, middle))) bad = middle
    else good = middle
  }
  return bad - 1
}

/** Rethrows the error of `build` if no single part is to blame. */
export const salvage = async <Built>(
  model: Model,
  build: (model: Model) => Promise<Built>,
): Promise<Salvaged<Built>> => {
  const attempt = async (parts: readonly Part[]): Promise<Attempt<Built>> => {
    try {
      return { built: await build(withParts(model, parts)) }
    } catch (cause) {
      return { cause }
    }
  }
  const fails = async (parts: readonly Part[]): Promise<boolean> => 'cause' in (await attempt(parts))
  const unbuildable: Unbuildable[] = []
  let parts = partsOf(model)
  for (;;) {
    const whole = await attempt(parts)
    if ('built' in whole) return { built: whole.built, unbuildable }
    const culprit = await findCulprit(parts, fails)
    const part = culprit === null ? undefined : parts[culprit]
    if (part === undefined) throw whole.cause
    unbuildable.push({ part, cause: whole.cause })
    parts = parts.filter((each) => each !== part)
  }
}
