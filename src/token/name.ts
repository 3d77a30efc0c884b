/** A longer name of a mytoken is refused (QUIRK-20). */
export const NAME_LENGTH = 100;
