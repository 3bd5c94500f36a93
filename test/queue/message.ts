/** Messages as S3, SNS and EventBridge write them. */
export interface Put {
  bucket: string;
  key: string;
  size: number;
  etag: string;
}

const TIME = '2026-03-10T14:05:01.500Z';

export const TEST_EVENT = JSON.stringify({
  ...{ Service: 'Amazon S3', Event: 's3:TestEvent', Time: TIME, Bucket: 'logs' },
  ...{ RequestId: '5582815E1AEA5ADF', HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE' },
});

export function direct(put: Put | readonly Put[], eventName = 'ObjectCreated:Put'): string {
  const records = [put].flat().map(({ bucket, key, size, etag }) => ({
    ...{ eventVersion: '2.5', eventSource: 'aws:s3', awsRegion: 'eu-west-1', eventTime: TIME, eventName },
    userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
    s3: {
      ...{ s3SchemaVersion: '1.0', configurationId: 'logs' },
      bucket: { name: bucket, ownerIdentity: { principalId: 'A3EXAMPLE' }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        ...{ key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'), size, eTag: etag },
        sequencer: '0055AED6DCD90281E5',
      },
    },
  }));
  return JSON.stringify({ Records: records });
}

export const noticed = (message: string): string =>
  JSON.stringify({
    ...{ Type: 'Notification', MessageId: '22b80b92', TopicArn: 'arn:aws:sns:eu-west-1:111122223333:logs' },
    ...{ Subject: 'Amazon S3 Notification', Message: message, Timestamp: TIME, SignatureVersion: '1' },
  });

export const bridged = ({ bucket, key, size, etag }: Put, type = 'Object Created'): string =>
  JSON.stringify({
    ...{ version: '0', id: '17793124-05d4-b198-2fde-7ededc63b103', 'detail-type': type, source: 'aws.s3' },
    ...{ account: '111122223333', time: TIME, region: 'eu-west-1', resources: [`arn:aws:s3:::${bucket}`] },
    detail: {
      ...{ version: '0', bucket: { name: bucket }, object: { key, size, etag, sequencer: '617f08299329d189' } },
      ...{ 'request-id': 'N4N7GDK58NMKJ12R', requester: '123456789012', reason: 'PutObject' },
    },
  });
