// Renders the open dialog of the API keys page. Loaded on demand: the forms are a third of the page's code.

import { EditKey, NewKey, RegenerateKeyDialog } from './keyDialogs.tsx'
import type { FreshToken, Key } from './keys.ts'
import { TokenDialog } from './tokenDialog.tsx'
import { useExample } from './useExample.ts'

export type OpenKeyDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'regenerate'; readonly key: Key }
  | { readonly kind: 'token'; readonly fresh: FreshToken }

interface DialogsProps {
  readonly dialog: OpenKeyDialog
  readonly onShow: (fresh: FreshToken) => void
  readonly onClose: () => void
}

const Dialogs = ({ dialog, onShow, onClose }: DialogsProps) => {
  const example = useExample()
  switch (dialog.kind) {
    case 'new':
      return <NewKey onDone={onShow} onCancel={onClose} />
    case 'edit':
      return <EditKey known={dialog.key} onDone={onClose} />
    case 'regenerate':
      return <RegenerateKeyDialog known={dialog.key} onDone={onShow} onCancel={onClose} />
    case 'token':
      return <TokenDialog fresh={dialog.fresh} example={example} onClose={onClose} />
  }
}

export default Dialogs
