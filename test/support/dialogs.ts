// Every dialog of the console: where it is written, how a mouse opens it, and how it is left. A test compares
// the files with the source, so that a new dialog without a row here is noticed.

import type { Locator } from 'playwright-core'
import type { Hand } from './hand.ts'

export interface Scene extends Hand {
  /**
   * Differs for every pass through the table: what is made, revoked or destroyed in one is not there in the
   * next.
   */
  readonly pass: string
}

export interface DialogCase {
  readonly name: string
  /** Files whose openings this row stands for. */
  readonly source: string
  readonly path: string
  readonly who?: 'operator'
  /** It lies above another dialog. */
  readonly isStacked?: true
  /** What is in it when all is there. */
  readonly shows: string
  readonly open: (scene: Scene) => Promise<void>
  /** What is pressed in it, until it is gone. */
  readonly leave: (scene: Scene) => Promise<void>
}

const named = (
  { page }: Hand,
  role: 'button' | 'menuitem' | 'tab' | 'link' | 'textbox',
  name: string | RegExp,
) => page.getByRole(role, { name, ...(typeof name === 'string' ? { exact: true } : {}) })

const inDialog = ({ page }: Hand, name: string | RegExp): Locator =>
  page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })

const button =
  (...names: readonly (string | RegExp)[]) =>
  async (scene: Scene): Promise<void> => {
    for (const name of names) await scene.press(named(scene, 'button', name))
  }

const menu =
  (opener: string | ((scene: Scene) => string), item: string) =>
  async (scene: Scene): Promise<void> => {
    await scene.press(named(scene, 'button', typeof opener === 'string' ? opener : opener(scene)))
    await scene.press(named(scene, 'menuitem', item))
  }

const cancel = async (scene: Scene): Promise<void> => scene.press(inDialog(scene, 'Cancel'))
const cross = async (scene: Scene): Promise<void> => scene.press(inDialog(scene, 'Close'))
const confirmWith =
  (name: string) =>
  async (scene: Scene): Promise<void> =>
    scene.press(inDialog(scene, name))

const keyNamed = (scene: Scene): string => `Actions for key ${scene.pass}`
const webhookNamed = (scene: Scene): string => `Actions for webhook ${scene.pass}`
const workspaceNamed = (scene: Scene): string => `Actions for workspace ${scene.pass}`

const openRole = async (scene: Scene, role: string, tab: string): Promise<void> => {
  await scene.press(named(scene, 'link', role))
  await scene.press(named(scene, 'tab', tab))
}

const KEYS: readonly DialogCase[] = [
  {
    name: 'a new key',
    source: 'keys/keyDialogs.tsx',
    path: '/api',
    shows: 'Requests per minute',
    open: button('Create key'),
    leave: cancel,
  },
  {
    name: 'a key edited',
    source: 'keys/keyDialogs.tsx',
    path: '/api',
    shows: 'Requests per minute',
    open: menu(keyNamed, 'Edit …'),
    leave: cross,
  },
  {
    name: 'a key regenerated',
    source: 'keys/keyDialogs.tsx',
    path: '/api',
    shows: 'stops working immediately',
    open: menu(keyNamed, 'Regenerate …'),
    leave: async (scene) => {
      await scene.press(inDialog(scene, 'Regenerate key'))
      await scene.page.getByText('Copy the key now').waitFor()
      await scene.press(inDialog(scene, 'I have copied it'))
    },
  },
  {
    name: 'a token',
    source: 'keys/tokenDialog.tsx',
    path: '/api',
    shows: 'Copy the key now',
    open: async (scene) => {
      await menu(keyNamed, 'Regenerate …')(scene)
      await scene.press(inDialog(scene, 'Regenerate key'))
    },
    leave: async (scene) => scene.press(inDialog(scene, 'I have copied it')),
  },
  {
    name: 'a key revoked',
    source: 'keys/useKeyActions.tsx',
    path: '/api',
    shows: 'stops working immediately',
    open: menu(keyNamed, 'Revoke …'),
    leave: confirmWith('Revoke key'),
  },
  {
    name: 'a key deleted',
    source: 'keys/useKeyActions.tsx',
    path: '/api',
    shows: 'cannot be restored',
    open: menu(keyNamed, 'Delete …'),
    leave: confirmWith('Delete key'),
  },
  {
    name: 'a key bound to networks without the own address',
    source: 'form/useForcible.ts',
    isStacked: true,
    path: '/api',
    shows: 'in none of the networks',
    open: async (scene) => {
      await menu('Actions for key Key of Admin', 'Edit …')(scene)
      await named(scene, 'textbox', 'Allowed networks').fill('192.0.2.0/24')
      await scene.press(inDialog(scene, 'Save'))
    },
    leave: async (scene) => {
      await cancel(scene)
      // Nothing is unsaved then.
      await named(scene, 'textbox', 'Allowed networks').fill('')
      await cancel(scene)
    },
  },
]

const WEBHOOKS: readonly DialogCase[] = [
  {
    name: 'a new webhook',
    source: 'webhooks/webhookDialogs.tsx',
    path: '/api/webhooks',
    shows: 'Sign requests',
    open: button('Create webhook'),
    leave: cancel,
  },
  {
    name: 'a webhook edited',
    source: 'webhooks/webhookDialogs.tsx',
    path: '/api/webhooks',
    shows: 'Add operation',
    open: menu(webhookNamed, 'Edit …'),
    leave: cross,
  },
  {
    name: 'a new secret',
    source: 'webhooks/webhookDialogs.tsx',
    path: '/api/webhooks',
    shows: 'Copy the secret now',
    open: async (scene) => {
      await menu(webhookNamed, 'Rotate secret …')(scene)
      await scene.press(inDialog(scene, 'Rotate secret'))
    },
    leave: async (scene) => scene.press(inDialog(scene, 'I have copied it')),
  },
  {
    name: 'changes sent again',
    source: 'webhooks/replayDialog.tsx',
    path: '/api/webhooks',
    shows: 'Leave empty for now',
    open: menu(webhookNamed, 'Replay changes …'),
    leave: cancel,
  },
  {
    name: 'a webhook deleted',
    source: 'webhooks/useWebhookActions.tsx',
    path: '/api/webhooks',
    shows: 'cannot be restored',
    open: menu(webhookNamed, 'Delete …'),
    leave: confirmWith('Delete webhook'),
  },
]

const ROLES: readonly DialogCase[] = [
  {
    name: 'a new role',
    source: 'roles/newRole.tsx',
    path: '/roles',
    shows: 'Start with',
    open: button('Create role'),
    leave: cancel,
  },
  {
    name: 'a role assigned to a key',
    source: 'roles/assignKey.tsx',
    path: '/roles',
    shows: 'Create a key with this role',
    open: async (scene) => {
      await openRole(scene, 'Guest', 'Assignment')
      await scene.press(named(scene, 'button', 'Assign to API key'))
    },
    leave: cancel,
  },
  {
    name: 'a role assigned to a member',
    source: 'roles/assignMember.tsx',
    path: '/roles',
    shows: 'Each member has one role',
    open: async (scene) => {
      await openRole(scene, 'Guest', 'Assignment')
      await scene.press(named(scene, 'button', 'Assign to member'))
    },
    leave: cancel,
  },
  {
    name: 'the fields of an object',
    source: 'roles/object/objectDrawer.tsx',
    path: '/roles',
    shows: 'Record rules',
    open: async (scene) => {
      await openRole(scene, 'Guest', 'Objects')
      await scene.press(named(scene, 'button', 'Companies'))
    },
    leave: cross,
  },
  {
    name: 'a role deleted',
    source: 'roles/rolePage.tsx',
    path: '/roles',
    shows: 'get the default role',
    open: async (scene) => {
      await scene.press(named(scene, 'link', scene.pass))
      await scene.press(named(scene, 'button', 'Delete'))
    },
    leave: confirmWith('Delete role'),
  },
]

const MODEL: readonly DialogCase[] = [
  {
    name: 'a new object',
    source: 'model/modelPage.tsx',
    path: '/model',
    shows: 'Description',
    open: button('Create object'),
    leave: cancel,
  },
  {
    name: 'a new field',
    source: 'model/objectPage.tsx',
    path: '/model/company',
    shows: 'Description',
    open: button('Create field'),
    leave: cancel,
  },
  {
    name: 'the names of an object',
    source: 'model/objectPage.tsx',
    path: '/model/company',
    shows: 'Description',
    open: menu('Change', 'Names and description …'),
    leave: cross,
  },
  {
    name: 'an object deactivated',
    source: 'model/objectPage.tsx',
    path: '/model/company',
    shows: 'No SQL is needed',
    open: menu('Change', 'Deactivate …'),
    leave: cancel,
  },
  {
    name: 'an object deleted',
    source: 'model/objectPage.tsx',
    path: '/model/scratch',
    shows: 'to confirm',
    open: menu('Change', 'Delete …'),
    leave: cancel,
  },
  {
    name: 'a field edited',
    source: 'model/field/fieldsTable.tsx',
    path: '/model/scratch',
    shows: 'Description',
    open: menu('Change Colour', 'Edit …'),
    leave: cancel,
  },
  {
    name: 'a field deactivated',
    source: 'model/field/fieldsTable.tsx',
    path: '/model/scratch',
    shows: 'No SQL is needed',
    open: menu('Change Colour', 'Deactivate …'),
    leave: cancel,
  },
  {
    name: 'a field deleted',
    source: 'model/field/fieldsTable.tsx',
    path: '/model/scratch',
    shows: 'to confirm',
    open: menu('Change Colour', 'Delete …'),
    leave: cancel,
  },
  {
    name: 'a new index',
    source: 'model/indexesTable.tsx',
    path: '/model/scratch?tab=indexes',
    shows: 'In index order',
    open: button('Create index'),
    leave: cancel,
  },
  {
    name: 'an index dropped',
    source: 'model/indexesTable.tsx',
    path: '/model/scratch?tab=indexes',
    shows: 'Statements',
    open: button(/^Drop /),
    leave: cancel,
  },
]

/** The confirmation stands before the panel in the page, and lies above it. */
const destruction = ({ page }: Scene): Locator =>
  page.getByRole('dialog', { name: /^Destroy this/ }).getByRole('button', { name: 'Destroy', exact: true })

const RECORDS: readonly DialogCase[] = [
  {
    name: 'a new record',
    source: 'records/recordPanel.tsx',
    path: '/records/companies',
    shows: 'Annual revenue',
    open: button('Create record'),
    leave: cross,
  },
  {
    name: 'a record, into the trash and destroyed there',
    source: 'records/recordPanel.tsx',
    isStacked: true,
    path: '/records/companies',
    shows: 'This cannot be undone',
    open: async (scene) => {
      await scene.press(named(scene, 'button', `Open ${scene.pass}`))
      await scene.press(inDialog(scene, 'Move to the trash'))
      await scene.press(named(scene, 'button', 'Trash'))
      await scene.press(named(scene, 'button', `Open ${scene.pass}`))
      await scene.press(inDialog(scene, 'Destroy'))
    },
    leave: async (scene) => {
      await scene.press(destruction(scene))
      await scene.page.getByText('Company was destroyed').first().waitFor()
    },
  },
  {
    name: 'a row of a table that was made by SQL, destroyed',
    source: 'records/recordPanel.tsx',
    isStacked: true,
    path: '/records/parcels',
    shows: 'This cannot be undone',
    open: async (scene) => {
      await scene.press(named(scene, 'button', `Open ${scene.pass}`))
      await scene.press(inDialog(scene, 'Destroy'))
    },
    leave: async (scene) => {
      await scene.press(destruction(scene))
      await scene.page.getByText('Parcel was destroyed').first().waitFor()
    },
  },
  {
    name: 'the columns of a table',
    source: 'records/columnPicker.tsx',
    path: '/records/companies',
    shows: 'Reset',
    open: button('Columns'),
    leave: async (scene) => scene.press(named(scene, 'button', 'Columns')),
  },
]

const PLAYGROUNDS: readonly DialogCase[] = [
  {
    name: 'a key for the playgrounds',
    source: 'playground/playgroundBar.tsx',
    path: '/playground/graphql',
    shows: 'Kept in this page until',
    open: button('Use a key'),
    leave: async (scene) => scene.press(named(scene, 'button', 'Use a key')),
  },
]

const OPERATORS: readonly DialogCase[] = [
  {
    name: 'a new workspace',
    source: 'workspaces/newWorkspaceDialog.tsx',
    path: '/workspaces',
    who: 'operator',
    shows: 'With the standard objects',
    open: button('Create workspace'),
    leave: cancel,
  },
  {
    name: 'the limits of a workspace',
    source: 'workspaces/limitsDialog.tsx',
    path: '/workspaces',
    who: 'operator',
    shows: 'Records in one batch',
    open: menu(workspaceNamed, 'Limits …'),
    leave: cancel,
  },
  {
    name: 'a sign-in link',
    source: 'workspaces/linkDialog.tsx',
    path: '/workspaces',
    who: 'operator',
    shows: 'no members',
    open: menu(workspaceNamed, 'Sign-in link …'),
    leave: cross,
  },
  {
    name: 'a workspace suspended',
    source: 'workspaces/useWorkspaceActions.tsx',
    path: '/workspaces',
    who: 'operator',
    shows: 'No data is lost',
    open: menu(workspaceNamed, 'Suspend …'),
    leave: cancel,
  },
  {
    name: 'a workspace dropped',
    source: 'workspaces/useWorkspaceActions.tsx',
    path: '/workspaces',
    who: 'operator',
    shows: 'After the grace period, the schema',
    open: menu(workspaceNamed, 'Delete …'),
    leave: async (scene) => {
      await scene.page.getByRole('dialog').getByRole('textbox').fill(scene.pass)
      await scene.press(inDialog(scene, 'Delete workspace'))
    },
  },
]

export const DIALOGS: readonly DialogCase[] = [
  ...KEYS,
  ...WEBHOOKS,
  ...ROLES,
  ...MODEL,
  ...RECORDS,
  ...PLAYGROUNDS,
  ...OPERATORS,
]

/** Building blocks of other dialogs. */
export const FRAMES = [
  'parts/confirm.tsx',
  'parts/confirmDialog.tsx',
  'parts/dialog.tsx',
  'roles/assignDialog.tsx',
  'model/changeForm.tsx',
  'model/changeConfirmation.tsx',
]

/** An opening of a dialog, a panel, a confirmation or a popover in the source. */
export const OPENING =
  /<(?:Modal|Drawer|FormDialog|AssignDialog|Popover)[\s>]|\bconfirm\((?:\{|question)|\bconfirmChange\(/g
