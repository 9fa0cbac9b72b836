// How the total of a list is found: counted, estimated where it is large, or left out.

export const COUNT_MODES = ['exact', 'estimated', 'none'] as const
export type CountMode = (typeof COUNT_MODES)[number]

export const isCountMode = (value: unknown): value is CountMode => COUNT_MODES.some((mode) => mode === value)

/** Of a workspace's settings. */
export const countModeOf = ({ countMode }: Readonly<Record<string, unknown>>): CountMode =>
  isCountMode(countMode) ? countMode : 'exact'
