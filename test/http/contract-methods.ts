import { contractRegistry } from "../../src/http/contract.js";

/** A method of the contract. */
export interface ContractMethod {
  readonly path: string;
  readonly kind: string;
}

/** All methods of the contract, as the descriptors that the build makes have them. */
export function contractMethods(): ContractMethod[] {
  const services = [...contractRegistry()].filter((type) => type.kind === "service");
  return services.flatMap(({ typeName, methods }) =>
    methods.map(({ name, methodKind }) => ({ path: `/${typeName}/${name}`, kind: methodKind })),
  );
}
