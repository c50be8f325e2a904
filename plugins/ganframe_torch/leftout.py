"""What of PyTorch is no component and no option here, and why."""

from __future__ import annotations

#: Classes of torch.nn that are no layer and no loss here, and why.
LEFT_OUT_OF_NN: dict[str, str] = {
    **dict.fromkeys(("Module", "RNNBase", "RNNCellBase"), "abstract"),
    **dict.fromkeys(("Container", "NLLLoss2d"), "deprecated"),
    **dict.fromkeys(("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"),
                    "a container; `layers`, blocks and networks hold lines"),
    **dict.fromkeys(("TransformerEncoder", "TransformerDecoder"), "takes a module; say `repeat` on the layer's line"),
    "Transformer": "two stacks in one; write an encoder and a decoder of layers",
    "DataParallel": "the engine runs on many devices itself",
    "SyncBatchNorm": "say `[device] sync_batch_norm = true`, which turns every BatchNorm into it",
    "AdaptiveLogSoftmaxWithLoss": "a layer and a loss in one, and it gives no tensor",
    "LinearCrossEntropyLoss": "a loss with weights of its own; write a Linear and CrossEntropyLoss",
}  # fmt: skip
#: So is every class whose name starts with this: sizes are always inferred.
LAZY = "Lazy"

LEFT_OUT_OF_SCHEDULES = {
    **dict.fromkeys(("LRScheduler", "_LRScheduler"), "abstract"),
    **dict.fromkeys(("LambdaLR", "MultiplicativeLR"), "takes code"),
    "ReduceLROnPlateau": "follows a metric, not the step, so that a resumed run could not repeat it",
}

LEFT_OUT_OF_INIT = {"calculate_gain": "gives a number and fills nothing"}

#: Arguments that are no options, in any class.
NOT_OPTIONS = frozenset({
    "device", "dtype", "params", "optimizer", "tensor", "generator",  # the engine's
    "batch_first",  # always true: axis 0 is the batch
    "inplace",  # would write over a wire that other lines may read; what it could save is the compiler's business
    "max_norm", "Embedding.norm_type", "EmbeddingBag.norm_type",  # would change weights in passes that only sample
    "size_average", "reduce", "min_value", "max_value",  # deprecated
    "process_group", "distance_function", "scale_fn", "scale_mode",  # take code, or serve what takes code
    "differentiable",  # the engine's parameters are leaves; nothing differentiates through a step
    "memory_is_causal",  # targets and sources are not one sequence
    "last_epoch",  # a resumed run loads the schedule's state
    "RNN.mode", "GRU.mode", "LSTM.mode",  # the class says it
    "RNN.proj_size", "GRU.proj_size",  # RNNBase has it for LSTM alone
    "EmbeddingBag.include_last_offset",  # belongs to `offsets`, which count across rows
})  # fmt: skip
