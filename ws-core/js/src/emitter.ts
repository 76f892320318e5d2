/** The methods of an `EventTarget` whose events have types: `Events` maps the name of an event to the type of its detail. */
export interface TypedTarget<Events> {
  addEventListener<Name extends keyof Events & string>(
    name: Name,
    listener: (event: CustomEvent<Events[Name]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof Events & string>(
    name: Name,
    listener: (event: CustomEvent<Events[Name]>) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}

/** An `EventTarget`, with types. */
export const Emitter = EventTarget as unknown as new <Events>() => TypedTarget<Events>;
