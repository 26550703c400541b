"""YOLOX-Nano as a trainable module with our classes, started from COCO's weights, and its moving average."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import onnx2torch
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, fx, nn

from .classes import CLASSES, COCO, STARTS_FROM
from .free_shape import free_batch, free_picture

STRIDES = (8, 16, 32)


class Exact(nn.Module):
    """A prediction convolution in full precision, also inside autocast: box sizes go through an exponential."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return self.conv(x.float())


class Detector(nn.Module):
    """The network up to its prediction convolutions. `convs` maps a node of the ONNX graph to its module."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        model = onnx.load(str(source))
        self.graph = onnx2torch.convert(model)
        self.convs: dict[str, str] = {n.name: n.name for n in model.graph.node if n.op_type == "Conv"}
        self.predictions = {
            kind: [_by_weight(model, f"head.{kind}_preds.{level}.weight") for level in range(len(STRIDES))]
            for kind in ("reg", "obj", "cls")
        }
        _fuse_silu(self.graph)
        _cascade_pools(self.graph)
        _cut_at_predictions(self.graph, self.predictions)
        for names in self.predictions.values():
            for name in names:
                setattr(self.graph, name, Exact(self.graph.get_submodule(name)))

    def conv(self, name: str) -> nn.Conv2d:
        """The convolution of an ONNX node."""
        module = self.graph.get_submodule(self.convs[name])
        return module.conv if isinstance(module, Exact) else module

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes undecoded [B,A,4], objectness [B,A] and class [B,A,C] as logits, all float."""
        outputs = self.graph(x)
        kinds = [torch.cat([o.flatten(2) for o in outputs[i::3]], 2).transpose(1, 2) for i in range(3)]
        return kinds[0], kinds[1].squeeze(2), kinds[2]

    def freeze_first(self, count: int) -> None:
        """Keeps the first `count` convolutions as they are: real streets taught them, and it saves time."""
        for name in list(self.convs)[:count]:
            for parameter in self.conv(name).parameters():
                parameter.requires_grad_(False)


def load_teacher(source: Path) -> Detector:
    """YOLOX-Nano with COCO's classes, frozen."""
    return Detector(source).eval().requires_grad_(False)


def build(source: Path) -> Detector:
    """YOLOX-Nano with our classes: each class's rows start as the mean of COCO's that resemble it."""
    net = Detector(source)
    for name in net.predictions["cls"]:
        old = net.conv(name)
        new = nn.Conv2d(old.in_channels, len(CLASSES), 1)
        with torch.no_grad():
            for row, word in enumerate(CLASSES):
                rows = [COCO.index(w) for w in STARTS_FROM[word]]
                new.weight[row] = old.weight[rows].mean(0)
                new.bias[row] = old.bias[rows].mean()
        setattr(net.graph, name, Exact(new))
    return net


class Average:
    """Exponential moving average of a module's parameters."""

    def __init__(self, net: nn.Module, decay: float = 0.9995) -> None:
        self.net = copy.deepcopy(net).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """One step; young averages forget faster."""
        self.updates += 1
        weight = 1 - min(self.decay, (1 + self.updates) / (20 + self.updates))
        torch._foreach_lerp_(list(self.net.parameters()), list(net.parameters()), weight)


def anchors(width: int, height: int) -> tuple[Tensor, Tensor]:
    """Grid cell [A,2] and stride [A] of each row of the output."""
    cells, strides = [], []
    for stride in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        cells.append(torch.stack([x, y], 2).reshape(-1, 2).float())
        strides.append(torch.full((x.numel(),), float(stride)))
    return torch.cat(cells), torch.cat(strides)


def export(net: Detector, source: Path, target: Path, classes: int) -> None:
    """Writes the weights into YOLOX-Nano's own ONNX graph, so operators and speed stay the same."""
    model = onnx.load(str(source))
    initializers = {tensor.name: tensor for tensor in model.graph.initializer}
    width = 5 + classes
    for node in model.graph.node:
        if node.op_type == "Conv":
            conv = net.conv(node.name)
            for name, parameter in zip(node.input[1:], (conv.weight, conv.bias), strict=True):
                _put(initializers[name], parameter.detach().float().cpu().numpy())
        elif node.op_type == "Reshape":
            shape = initializers[node.input[1]]
            if list(numpy_helper.to_array(shape)) == [1, 85, -1]:
                _put(shape, np.array([1, width, -1], np.int64))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = width
    model.producer_name = "streetwatch models/training/eyes"
    free_batch(model)
    free_picture(model)
    onnx.checker.check_model(onnx.shape_inference.infer_shapes(model))
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target))


def _put(tensor: onnx.TensorProto, values: np.ndarray) -> None:
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))


def _by_weight(model: onnx.ModelProto, weight: str) -> str:
    return next(n.name for n in model.graph.node if n.op_type == "Conv" and n.input[1] == weight)


def _is(node: object, kind: str) -> bool:
    return isinstance(node, fx.Node) and node.op == "call_module" and str(node.target).startswith(kind)


def _fuse_silu(graph: fx.GraphModule) -> None:
    """x * sigmoid(x) as one step: half the memory, a third of the time."""
    for node in list(graph.graph.nodes):
        if _is(node, "Mul") and _is(node.args[1], "Sigmoid") and node.args[1].args[0] is node.args[0]:
            gate = node.args[1]
            with graph.graph.inserting_before(node):
                fused = graph.graph.call_function(F.silu, (node.args[0],))
            node.replace_all_uses_with(fused)
            graph.graph.erase_node(node)
            graph.graph.erase_node(gate)


def _cascade_pools(graph: fx.GraphModule) -> None:
    """Pools of 9 and 13 as pools of 5 after one another: the same numbers, a third of the work."""
    pools = [n for n in graph.graph.nodes if _is(n, "MaxPool")]
    for before, node in zip(pools, pools[1:]):
        with graph.graph.inserting_before(node):
            again = graph.graph.call_module(pools[0].target, (before,))
        node.replace_all_uses_with(again)
        graph.graph.erase_node(node)
        pools[pools.index(node)] = again


def _cut_at_predictions(graph: fx.GraphModule, predictions: dict[str, list[str]]) -> None:
    """The graph now ends at the prediction convolutions: reg, obj, cls of each level."""
    nodes = {str(n.target): n for n in graph.graph.nodes if n.op == "call_module"}
    ends = [nodes[predictions[kind][level]] for level in range(len(STRIDES)) for kind in ("reg", "obj", "cls")]
    for node in list(graph.graph.nodes):
        if node.op == "output":
            node.args = (tuple(ends),)
    graph.graph.eliminate_dead_code()
    graph.graph.lint()
    graph.recompile()
    graph.delete_all_unused_submodules()
