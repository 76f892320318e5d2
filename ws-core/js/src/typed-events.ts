/** An `EventTarget` with types. `Events` maps the name of each event to the type of its detail. */
export interface TypedEventTarget<Events> {
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

export const TypedEvents = EventTarget as unknown as new <Events>() => TypedEventTarget<Events>;
