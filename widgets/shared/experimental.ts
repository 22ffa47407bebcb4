/** anywidget's way to ask the kernel. */
export interface Experimental {
  invoke(
    name: string,
    message: unknown,
    options?: { buffers?: DataView[]; signal?: AbortSignal },
  ): Promise<[response: unknown, buffers: DataView[]]>
}
