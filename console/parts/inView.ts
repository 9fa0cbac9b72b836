// Brings an element into view, where a press of a button made it appear below what is shown.

import { type RefObject, useEffect, useRef } from 'react'

/** @param of what the element shows: it comes into view again when this changes */
export const useInView = <Shown extends Element>(of: unknown): RefObject<Shown | null> => {
  const ref = useRef<Shown>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown is the occasion.
  useEffect(() => {
    // Newer browsers return a promise, and React takes what an effect returns for its clean-up.
    ref.current?.scrollIntoView({ block: 'nearest' })
  }, [of])
  return ref
}
