"""Inputs that once ended in a traceback, found by fuzzing: each is an example for ever."""

FINDINGS = [
    ('parameters', b'/**/perception:\n  ros__parameters: 0.5\n'),
    ('parameters', b'[' * 2000),
    ('rules', b'rules: !!timestamp x\n'),
    ('rules', b'rules: !!bool x\n'),
    ('transitions', b'labels: 0b' + b'1' * 20000),
    ('manifest', b'- 1\n'),
    ('manifest', b'a: null\n'),
    ('labels_json', b'[' * 100_000),
    ('labels_json', b'{"label": "sad", "end": 1' + b'0' * 400 + b'}'),
    ('labels_csv', b'label\n"' + b'x' * 200_000),
    ('stamps', b'file,time\n"' + b'x' * 200_000),
    ('stamps', b'file,time\na.png,0\nb.png,inf\n'),
    ('stamps', b'file,time\na.png,nan\nb.png,nan\n'),
    ('annotated_labels', b'start,end,label\n0,1,"' + b'x' * 200_000),
    ('sent_labels', b'[{"start": 1' + b'0' * 400 + b', "end": 2, "label": "happy"}]'),
    ('golden', b'probabilities: [{}]\n'),
    ('golden', b'probabilities: 3\n'),
    ('picture_message', b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0'),
]
