// What is still built for a field or an index, in words.

export interface Built {
  readonly buildState: 'pending' | 'running' | 'failed' | 'ready' | null
  readonly buildProgress: number | null
}

const WORDS = { pending: 'Build pending', running: 'Building', failed: 'Build failed' } as const

/** Null once it is ready. */
export const buildText = ({ buildState, buildProgress }: Built): string | null => {
  if (buildState === null || buildState === 'ready') return null
  const progress = buildProgress === null ? '' : `, ${Math.round(buildProgress * 100)} %`
  return WORDS[buildState] + progress
}
