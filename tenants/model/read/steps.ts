/** Work that can be interrupted: yields the columns that each step worked on. */
export type DeriveSteps<Result> = Generator<number, Result>

/** The result of all steps, at once. */
export const atOnce = <Result>(steps: DeriveSteps<Result>): Result => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
