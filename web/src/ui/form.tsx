import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { ApiError, explain, requestIdOf, splitProblems } from "@/api/errors";
import { Callout } from "./Callout";

type Values = Record<string, string | boolean>;

/** The state of one form. Made by useForm, shown by Form and the Fields in it. */
export interface FormState<V extends Values = Values> {
  values: V;
  set: <K extends keyof V>(name: K, value: V[K]) => void;
  reset: (values?: V) => void;
  errors: Readonly<Record<string, string>>;
  /** What no field shows: the server's refusal as a whole. */
  failure: { text: string; requestId: string } | null;
  isPending: boolean;
  isChanged: boolean;
  submit: () => void;
  register: (name: string) => () => void;
}

/**
 * Holds a form's values and sends them. What the server refuses about a field is
 * shown at that field ("body.email" at the field named "email"), the rest above
 * the form. `submit` is the write; it throws ApiErrors as the client does.
 */
export function useForm<V extends Values>(options: {
  initial: V;
  submit: (values: V) => Promise<unknown>;
  /** Takes over a refusal that has a meaning of its own; true when it did. */
  onRefused?: (error: ApiError) => boolean;
}): FormState<V> {
  const [values, setValues] = useState(options.initial);
  const [initial, setInitial] = useState(options.initial);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [failure, setFailure] = useState<FormState["failure"]>(null);
  const [isPending, setPending] = useState(false);
  const shown = useRef(new Set<string>());

  const submit = async () => {
    if (isPending) return;
    setPending(true);
    setErrors({});
    setFailure(null);
    try {
      await options.submit(values);
      setInitial(values);
    } catch (error) {
      if (error instanceof ApiError) {
        if (options.onRefused?.(error)) return;
        const { fields, rest } = splitProblems(error.errors, shown.current);
        setErrors(fields);
        if (Object.keys(fields).length > 0 && rest.length === 0) return;
        setFailure({ text: rest.join(" ") || explain(error), requestId: error.requestId });
      } else {
        setFailure({ text: explain(error), requestId: requestIdOf(error) });
      }
    } finally {
      setPending(false);
    }
  };

  return {
    values,
    set(name, value) {
      setValues((old) => ({ ...old, [name]: value }));
      setErrors(({ [name as string]: _gone, ...rest }) => rest);
    },
    reset(next) {
      setValues(next ?? initial);
      if (next) setInitial(next);
      setErrors({});
      setFailure(null);
    },
    errors,
    failure,
    isPending,
    isChanged: Object.keys(values).some((name) => values[name] !== initial[name]),
    submit: () => void submit(),
    register(name) {
      shown.current.add(name);
      return () => {
        shown.current.delete(name);
      };
    },
  };
}

const FormContext = createContext<FormState | null>(null);

export function useFormState(): FormState | null {
  return useContext(FormContext);
}

/** Shows a form made by useForm. After a refusal the first wrong field gets the focus. */
export function Form<V extends Values>({
  form,
  className,
  children,
  label,
}: {
  form: FormState<V>;
  className?: string;
  children: ReactNode;
  /** A name for screen readers, where no heading gives one. */
  label?: string;
}): ReactNode {
  const element = useRef<HTMLFormElement>(null);
  const { errors } = form;
  useEffect(() => {
    if (Object.keys(errors).length === 0) return;
    element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [errors]);
  return (
    <FormContext value={form as unknown as FormState}>
      <form
        ref={element}
        noValidate
        aria-label={label}
        className={className}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          form.submit();
        }}
      >
        {form.failure && (
          <Callout tone="danger" requestId={form.failure.requestId}>
            {form.failure.text}
          </Callout>
        )}
        {children}
      </form>
    </FormContext>
  );
}
