/** Settles as `work` does, or rejects with what `late` makes once `ms` have passed. `work` itself goes on unheard. */
export const withDeadline = async <T>(ms: number, late: () => Error, work: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;

  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });

  try {
    return await Promise.race([work(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
};
