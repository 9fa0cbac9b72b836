// A bar for every hour: answered, refused and failed requests on top of each other. In: hours; out: an SVG in
// the page's own pixels, so that text stays text, with what the pointer is at written below it. The table
// beside it is for everybody else.

import { useElementSize } from '@mantine/hooks'
import { useState } from 'react'
import classes from './chart.module.css'
import { clockOf, hourLabel, niceCeiling, servedOf } from './hours.ts'
import type { Hour } from './usage.ts'

const HEIGHT = 200
const LEFT = 44
const BOTTOM = 22
const TOP = 8
const GAP = 0.28
const LABEL_EVERY = 4
const LABEL_EVERY_ON_PHONES = 6
const PHONE_WIDTH = 480
const LINES = 4

const numbers = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact' })

const PARTS = [
  { name: 'served', label: 'Answered', countOf: servedOf },
  { name: 'refused', label: 'Refused', countOf: ({ refused }: Hour) => refused },
  { name: 'failed', label: 'Failed', countOf: ({ failed }: Hour) => failed },
] as const

const sentenceOf = (hour: Hour): string =>
  `${hourLabel(hour)}: ${PARTS.map(({ label, countOf }) => `${numbers.format(countOf(hour))} ${label.toLowerCase()}`).join(', ')}`

const summaryOf = (hours: readonly Hour[]): string => {
  const sum = (countOf: (hour: Hour) => number) =>
    numbers.format(hours.reduce((all, hour) => all + countOf(hour), 0))
  const busiest = hours.reduce<Hour | undefined>(
    (most, hour) => (most === undefined || hour.requests > most.requests ? hour : most),
    undefined,
  )
  return `Requests by hour. ${PARTS.map(({ label, countOf }) => `${label}: ${sum(countOf)}`).join(', ')}. Busiest: ${
    busiest === undefined ? 'none' : hourLabel(busiest)
  }.`
}

export const Chart = ({ hours }: { readonly hours: readonly Hour[] }) => {
  const { ref, width } = useElementSize()
  const [pointed, setPointed] = useState<number | null>(null)
  const ceiling = LINES * niceCeiling(Math.max(...hours.map(({ requests }) => requests)) / LINES)
  const plotHeight = HEIGHT - BOTTOM - TOP
  const step = Math.max(0, width - LEFT) / Math.max(1, hours.length)
  const scale = plotHeight / ceiling
  const every = width < PHONE_WIDTH ? LABEL_EVERY_ON_PHONES : LABEL_EVERY
  const shown = pointed === null ? undefined : hours[pointed]
  return (
    <figure className={classes.figure}>
      <div ref={ref} className={classes.plot}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={summaryOf(hours)}
          onPointerLeave={() => setPointed(null)}
        >
          {Array.from({ length: LINES + 1 }, (_, line) => {
            const value = (ceiling / LINES) * line
            const y = TOP + plotHeight - value * scale
            return (
              <g key={value}>
                <line className={classes.line} x1={LEFT} x2={width} y1={y} y2={y} />
                <text className={classes.label} x={LEFT - 8} y={y} dy="0.32em" textAnchor="end">
                  {short.format(value)}
                </text>
              </g>
            )
          })}
          {hours.map((hour, index) => {
            const x = LEFT + step * index
            let base = TOP + plotHeight
            return (
              <g key={hour.at} className={classes.hour} data-pointed={pointed === index}>
                <rect
                  className={classes.target}
                  x={x}
                  y={TOP}
                  width={step}
                  height={plotHeight}
                  onPointerEnter={() => setPointed(index)}
                />
                {PARTS.map(({ name, countOf }) => {
                  const height = countOf(hour) * scale
                  base -= height
                  return height === 0 ? null : (
                    <rect
                      key={name}
                      className={classes[name]}
                      x={x + (step * GAP) / 2}
                      y={base}
                      width={step * (1 - GAP)}
                      // Rare things are to be seen, too.
                      height={Math.max(1, height)}
                    />
                  )
                })}
                {index % every === 0 ? (
                  <text className={classes.label} x={x + step / 2} y={HEIGHT - 6} textAnchor="middle">
                    {clockOf(hour)}
                  </text>
                ) : null}
              </g>
            )
          })}
        </svg>
      </div>
      <figcaption className={classes.caption}>
        {shown === undefined
          ? PARTS.map(({ name, label }) => (
              <span key={name} className={classes.key}>
                <span className={`${classes.swatch} ${classes[name]}`} aria-hidden />
                {label}
              </span>
            ))
          : sentenceOf(shown)}
      </figcaption>
    </figure>
  )
}
