import Mention from "@tiptap/extension-mention";
import { Placeholder } from "@tiptap/extensions";
import { type Editor, EditorContent, useEditor, useEditorState } from "@tiptap/react";
import StarterKit from "@tiptap/starter-kit";
import type { SuggestionKeyDownProps, SuggestionProps } from "@tiptap/suggestion";
import Bold from "lucide-react/icons/bold";
import Italic from "lucide-react/icons/italic";
import LinkIcon from "lucide-react/icons/link";
import List from "lucide-react/icons/list";
import ListOrdered from "lucide-react/icons/list-ordered";
import {
  type FormEvent,
  type ReactNode,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { Avatar } from "./Avatar";
import { Button, IconButton } from "./Button";
import { Field, Input } from "./Field";
import { useOverlayHost } from "./host";
import { Popover } from "./Popover";
import type { MentionPerson, RichTextProps } from "./RichText";

type Suggesting = SuggestionProps<MentionPerson>;

/** The Tiptap editor behind RichText; loaded lazily, so never import it directly. */
export default function RichTextEditor({
  label,
  placeholder,
  initialHtml = "",
  onChange,
  onSubmit,
  onFiles,
  findPeople,
  tools,
  className,
  handle,
}: RichTextProps): ReactNode {
  const latest = useRef({ onChange, onSubmit, onFiles, findPeople });
  useEffect(() => {
    latest.current = { onChange, onSubmit, onFiles, findPeople };
  });
  const [suggesting, setSuggesting] = useState<Suggesting | null>(null);
  const [chosen, setChosen] = useState(0);
  // The editor is made once, so what its plugins read lives outside React's state.
  const suggestion = useRef<{ props: Suggesting | null; chosen: number }>({
    props: null,
    chosen: 0,
  });
  const show = (props: Suggesting | null, at = 0) => {
    suggestion.current = { props, chosen: at };
    setSuggesting(props);
    setChosen(at);
  };
  const onSuggestionKey = ({ event }: SuggestionKeyDownProps): boolean => {
    const { props, chosen: at } = suggestion.current;
    const count = props?.items.length ?? 0;
    if (!props || count === 0) return false;
    if (event.key === "ArrowDown") show(props, (at + 1) % count);
    else if (event.key === "ArrowUp") show(props, (at - 1 + count) % count);
    else if (event.key === "Enter" || event.key === "Tab") pick(props, at);
    else if (event.key === "Escape") show(null);
    else return false;
    return true;
  };

  const editor = useEditor({
    content: initialHtml,
    extensions: [
      StarterKit.configure({
        heading: false,
        codeBlock: false,
        horizontalRule: false,
        link: { openOnClick: false, defaultProtocol: "https", protocols: ["mailto", "tel"] },
      }),
      Placeholder.configure({ placeholder: placeholder ?? "" }),
      ...(findPeople
        ? [
            Mention.configure({
              suggestion: {
                items: async ({ query }: { query: string }) =>
                  (await latest.current.findPeople?.(query)) ?? [],
                render: () => ({
                  onStart: (props: Suggesting) => show(props),
                  onUpdate: (props: Suggesting) => show(props),
                  onKeyDown: onSuggestionKey,
                  onExit: () => show(null),
                }),
              },
            }),
          ]
        : []),
    ],
    editorProps: {
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": label,
        dir: "auto",
        class: "prose min-h-20 px-3 py-2",
      },
      handleKeyDown: (_view, event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
        latest.current.onSubmit?.();
        return latest.current.onSubmit !== undefined;
      },
      handlePaste: (_view, event) => offerFiles(event.clipboardData),
      handleDrop: (_view, event) => offerFiles(event.dataTransfer),
    },
    onUpdate: ({ editor: e }) => latest.current.onChange(readValue(e)),
  });

  function offerFiles(data: DataTransfer | null): boolean {
    const files = [...(data?.files ?? [])];
    if (files.length === 0 || !latest.current.onFiles) return false;
    latest.current.onFiles(files);
    return true;
  }

  useImperativeHandle(
    handle,
    () => ({
      focus: () => void editor.commands.focus(),
      insertHtml: (html) => void editor.chain().focus().insertContent(html).run(),
      setHtml: (html) => void editor.commands.setContent(html),
      clear: () => void editor.commands.clearContent(true),
    }),
    [editor],
  );

  return (
    <div className={cx("flex min-h-0 flex-col", className)}>
      <EditorContent editor={editor} className="min-h-0 flex-1 overflow-y-auto" />
      <div className="flex flex-wrap items-center gap-0.5 px-2 pb-2">
        <Tools editor={editor} />
        {tools && <div className="ms-auto flex items-center gap-2">{tools}</div>}
      </div>
      {suggesting && <People props={suggesting} chosen={chosen} />}
    </div>
  );
}

function readValue(editor: Editor) {
  return {
    html: editor.isEmpty ? "" : editor.getHTML(),
    text: editor.getText({ blockSeparator: "\n" }),
    isEmpty: editor.isEmpty,
  };
}

function pick(props: Suggesting, at: number): void {
  const person = props.items[at];
  if (person) props.command(person);
}

function Tools({ editor }: { editor: Editor }): ReactNode {
  const active = useEditorState({
    editor,
    selector: ({ editor: e }) => ({
      bold: e.isActive("bold"),
      italic: e.isActive("italic"),
      bullets: e.isActive("bulletList"),
      numbers: e.isActive("orderedList"),
    }),
  });
  const chain = () => editor.chain().focus();
  return (
    <>
      <IconButton
        icon={Bold}
        label={t("ui.bold")}
        keys="mod+b"
        pressed={active.bold}
        onClick={() => chain().toggleBold().run()}
      />
      <IconButton
        icon={Italic}
        label={t("ui.italic")}
        keys="mod+i"
        pressed={active.italic}
        onClick={() => chain().toggleItalic().run()}
      />
      <IconButton
        icon={List}
        label={t("ui.bulletList")}
        pressed={active.bullets}
        onClick={() => chain().toggleBulletList().run()}
      />
      <IconButton
        icon={ListOrdered}
        label={t("ui.numberedList")}
        pressed={active.numbers}
        onClick={() => chain().toggleOrderedList().run()}
      />
      <LinkTool editor={editor} />
    </>
  );
}

function LinkTool({ editor }: { editor: Editor }): ReactNode {
  const [open, setOpen] = useState(false);
  const [address, setAddress] = useState("");
  const isLink = useEditorState({ editor, selector: ({ editor: e }) => e.isActive("link") });
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const href = address.trim();
    const chain = editor.chain().focus().extendMarkRange("link");
    if (href === "") chain.unsetLink().run();
    else if (editor.state.selection.empty && !isLink) {
      chain
        .insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] })
        .run();
    } else chain.setLink({ href }).run();
    setOpen(false);
  };
  return (
    <Popover
      label={t("ui.link")}
      open={open}
      onOpenChange={(next) => {
        if (next) setAddress(String(editor.getAttributes("link").href ?? ""));
        setOpen(next);
      }}
      trigger={
        <button
          type="button"
          aria-label={t("ui.link")}
          aria-pressed={isLink}
          className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text aria-pressed:bg-selected aria-pressed:text-accent-text"
        >
          <LinkIcon size={16} aria-hidden />
        </button>
      }
    >
      <form onSubmit={apply} className="flex w-72 items-end gap-2">
        <Field name="address" label={t("ui.linkAddress")} className="flex-1">
          <Input
            type="url"
            dir="ltr"
            placeholder="https://"
            value={address}
            onChange={(event) => setAddress(event.target.value)}
          />
        </Field>
        <Button type="submit" look="primary">
          {t("ui.linkApply")}
        </Button>
      </form>
    </Popover>
  );
}

/** The people that an @ may mean, hanging from the caret. */
function People({ props, chosen }: { props: Suggesting; chosen: number }): ReactNode {
  const host = useOverlayHost() ?? document.body;
  const place = props.clientRect?.();
  if (!place || props.items.length === 0) return null;
  const below = place.bottom + 240 < window.innerHeight;
  return createPortal(
    <div
      role="listbox"
      aria-label={t("ui.people")}
      style={{
        position: "fixed",
        left: Math.min(place.x, window.innerWidth - 240), // house-rules: allow (a caret is at a physical place)
        ...(below ? { top: place.bottom + 4 } : { bottom: window.innerHeight - place.top + 4 }),
      }}
      className="rise z-50 max-h-56 w-56 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-overlay"
    >
      {props.items.map((person, i) => (
        <button
          key={person.id}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={i === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => pick(props, i)}
          className="flex min-h-7 w-full items-center gap-2 rounded-sm px-2 text-start hover:bg-hover aria-selected:bg-hover"
        >
          <Avatar name={person.label} size="small" />
          <span className="truncate">{person.label}</span>
        </button>
      ))}
    </div>,
    host,
  );
}
