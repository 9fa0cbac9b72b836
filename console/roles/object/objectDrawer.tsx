// Drawer of one object of the permission matrix: its fields and record rules.

import { Tabs } from '@mantine/core'
import { Drawer } from '../../parts/dialog.tsx'
import { Query } from '../../parts/query.tsx'
import { type RoleObjectSummary, useObject } from '../objects.ts'
import type { Role } from '../roles.ts'
import { FieldRights } from './fieldRights.tsx'
import { RecordRules } from './recordRules.tsx'

interface ObjectDrawerProps {
  readonly role: Role
  readonly object: RoleObjectSummary
  readonly onClose: () => void
}

export const ObjectDrawer = ({ role, object, onClose }: ObjectDrawerProps) => {
  const details = useObject(object.id)
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={`${role.label}: ${object.labelPlural}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Tabs defaultValue="fields" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="fields">Fields</Tabs.Tab>
          <Tabs.Tab value="records">Record rules</Tabs.Tab>
        </Tabs.List>
        <Query of={details} rows={10} rowHeight={32}>
          {(known) => (
            <>
              <Tabs.Panel value="fields">
                <FieldRights role={role} object={known} />
              </Tabs.Panel>
              <Tabs.Panel value="records">
                <RecordRules role={role} object={known} />
              </Tabs.Panel>
            </>
          )}
        </Query>
      </Tabs>
    </Drawer>
  )
}
