/** One line of the doctor: all is well, or how to mend it. No finding holds a secret. */
export interface Finding {
  isOk: boolean;
  text: string;
}

export function ok(text: string): Finding {
  return { isOk: true, text };
}

export function mend(text: string): Finding {
  return { isOk: false, text };
}

export function lineOf({ isOk, text }: Finding): string {
  return `${isOk ? 'ok  ' : 'MEND'}  ${text}`;
}
