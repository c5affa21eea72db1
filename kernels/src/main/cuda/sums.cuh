// Sums of elements of any type: bf16 is summed in float and rounded once, integers wrap around.
#pragma once
#include "dagrad.cuh"

template <typename T> struct SumOf { using type = T; };
template <> struct SumOf<bf16> { using type = float; };

// The type in which elements of type T are summed.
template <typename T> using Sum = typename SumOf<T>::type;

template <typename T> __device__ __forceinline__ T widen(T x) { return x; }
__device__ __forceinline__ float widen(bf16 x) { return to_float(x); }

template <typename T> __device__ __forceinline__ T narrow(Sum<T> x) { return x; }
template <> __device__ __forceinline__ bf16 narrow<bf16>(float x) { return to_bf16(x); }

__device__ __forceinline__ float plus(float a, float b) { return a + b; }
__device__ __forceinline__ double plus(double a, double b) { return a + b; }
__device__ __forceinline__ int plus(int a, int b) { return wrap_add(a, b); }
__device__ __forceinline__ long long plus(long long a, long long b) { return wrap_add(a, b); }
