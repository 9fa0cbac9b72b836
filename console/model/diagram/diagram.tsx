// The relations between objects as a diagram that can be panned and zoomed. Each object is a link, in reading
// order for the keyboard. Large models are shown as the neighbourhood of one object.

import { Group, SegmentedControl, Select, Text, useComputedColorScheme } from '@mantine/core'
import {
  Background,
  Controls,
  Handle,
  type NodeProps,
  Position,
  ReactFlow,
  useReactFlow,
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import { Query } from '../../parts/query.tsx'
import classes from './diagram.module.css'
import { among, around, type Graph, mostRelated, useGraph } from './graph.ts'
import { layOut, type ObjectNode } from './layout.ts'

const MAX_DRAWN = 60

const ObjectBox = ({
  data: { object, isFocus },
  positionAbsoluteX,
  positionAbsoluteY,
}: NodeProps<ObjectNode>) => {
  const { setCenter, getZoom } = useReactFlow()
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} className={classes.handle ?? ''} />
      <Link
        href={`/model/${object.name}`}
        title={object.label}
        className={classes.object}
        data-focus={isFocus}
        data-custom={object.isCustom}
        onFocus={(event) => {
          // Keyboard focus pans to the object; a click is there already.
          if (event.currentTarget.matches(':focus-visible'))
            void setCenter(positionAbsoluteX + 80, positionAbsoluteY, { zoom: getZoom(), duration: 150 })
        }}
      >
        <span className={classes.label}>{object.label}</span>
      </Link>
      <Handle
        type="source"
        position={Position.Right}
        isConnectable={false}
        className={classes.handle ?? ''}
      />
    </>
  )
}

const NODE_TYPES = { object: ObjectBox }

const Drawing = ({ graph, focus }: { readonly graph: Graph; readonly focus: string | null }) => {
  const scheme = useComputedColorScheme('light')
  const { nodes, edges } = useMemo(() => layOut(graph, focus), [graph, focus])
  return (
    <section
      className={classes.diagram}
      aria-label={`${nodes.length} objects and the relations between them; the fields of each object list the same`}
    >
      <ReactFlow
        // A new layout resets the view.
        key={nodes.map(({ id }) => id).join(' ')}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={scheme}
        fitView
        fitViewOptions={{ maxZoom: 1.1, padding: 0.1 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        preventScrolling={false}
        zoomOnScroll={false}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  )
}

interface DiagramProps {
  readonly focus?: string
  /** Only these; null for all. */
  readonly names?: readonly string[] | null
}

const Chooser = ({ graph, focus: given, names = null }: DiagramProps & { readonly graph: Graph }) => {
  const wanted = useMemo(() => (names === null ? graph : among(graph, new Set(names))), [graph, names])
  const isTooLarge = wanted.nodes.length > MAX_DRAWN
  const [chosen, setChosen] = useState<string | null>(given ?? null)
  const [distance, setDistance] = useState('1')
  const focus = chosen ?? (isTooLarge ? (mostRelated(wanted, MAX_DRAWN) ?? null) : null)
  const drawn = useMemo(
    () => (focus === null ? wanted : around(graph, focus, Number(distance))),
    [graph, wanted, focus, distance],
  )
  return (
    <>
      <Group mb="sm" align="flex-end">
        <Select
          label="Around"
          placeholder="All objects"
          searchable
          clearable={!isTooLarge}
          data={graph.nodes.map(({ name, label }) => ({ value: name, label }))}
          value={focus}
          onChange={setChosen}
        />
        {focus === null ? null : (
          <SegmentedControl
            aria-label="Distance"
            value={distance}
            onChange={setDistance}
            data={[
              { value: '1', label: 'Neighbours' },
              { value: '2', label: 'Two steps' },
            ]}
          />
        )}
        <Text size="sm" c="dimmed" aria-live="polite">
          {drawn.nodes.length} of {graph.nodes.length} objects, {drawn.edges.length} relations
        </Text>
      </Group>
      <Drawing graph={drawn} focus={focus} />
    </>
  )
}

const Diagram = (props: DiagramProps) => {
  const graph = useGraph()
  return (
    <Query of={graph} rows={1} rowHeight={480}>
      {(data) => <Chooser key={props.focus ?? ''} graph={data} {...props} />}
    </Query>
  )
}

export default Diagram
