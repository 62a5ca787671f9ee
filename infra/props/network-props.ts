import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Resolved } from './resolved.ts';

/** Where functions run. */
export interface NetworkProps {
  /**
   * Where the functions that reach a database run, if that isn't on the internet: sync, verify, query, and the two of the
   * custom resource. What they need there is in docs/operations.md.
   *
   * @default - outside of any VPC
   */
  readonly vpc?: IVpc;

  /**
   * The subnets of the `vpc` to run in. They need a way to AWS' services.
   *
   * @default - private ones with a way out
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * Security groups of those functions in the `vpc`: what the database's own group lets in.
   *
   * @default - a new one for each function, which allows all that goes out
   */
  readonly securityGroups?: readonly ISecurityGroup[];
}

/** Checks these properties. @throws Error that names what is missing */
export function resolveNetworkProps(props: NetworkProps): Resolved<NetworkProps, keyof NetworkProps> {
  const { vpc, vpcSubnets, securityGroups } = props;
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(`"${vpcSubnets ? 'vpcSubnets' : 'securityGroups'}" needs the "vpc" that it is of`);
  }
  return { vpc, vpcSubnets, securityGroups };
}
